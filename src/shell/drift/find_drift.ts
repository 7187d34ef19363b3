import { EVENT_TYPES, type EventTypeInfo, isEventType, type Json, type Message } from "../../core/mod.ts";
import { cleanText } from "../tables/mod.ts";
import { KNOWN_FIELDS, type KnownFields } from "./known_fields.ts";

/** Something of Clerk's that this Docket does not know. */
export interface Drifted {
  readonly what: "type" | "field";
  /** The event type; of a field, the one that it was seen in. */
  readonly type: string;
  /** The type again, or the field: names joined by a dot. */
  readonly name: string;
}

/** Characters of a name that are kept. */
const NAME_MAX = 128;
/** Looked at of a list: those after them look the same. */
const LISTED_MAX = 20;
const NONE: readonly Drifted[] = [];

/**
 * What a message has that is not known: its type, or fields of its `data` and of what that holds directly. For each
 * message that comes, so it costs a look into a set for each field, and nothing more where all are known.
 */
export function findDrift(message: Message): readonly Drifted[] {
  switch (message._tag) {
    case "Unmapped":
      return [{ what: "type", type: nameOf(message.type), name: nameOf(message.type) }];
    case "Unreadable":
      return NONE;
    case "Changed":
    case "Deleted": {
      const { body, type } = message;
      return body === null ? NONE : fieldsOf(body.data, { type, known: KNOWN_FIELDS[body.kind] });
    }
    default:
      return message satisfies never;
  }
}

/** True for what this Docket knows: it was noted by an older one. */
export function isKnown({ what, type, name }: Drifted): boolean {
  if (!isEventType(type)) return false;
  if (what === "type") return true;
  const { kind }: EventTypeInfo = EVENT_TYPES[type];
  const known = KNOWN_FIELDS[kind];
  const [first = "", ...rest] = name.split(".");
  return rest.length === 0 ? known.has(first) : (known.get(first)?.has(rest.join(".")) ?? false);
}

function fieldsOf(
  data: { readonly [name: string]: Json },
  { type, known }: { readonly type: string; readonly known: KnownFields },
): readonly Drifted[] {
  let found: Drifted[] | undefined;
  const note = (name: string): void => {
    found ??= [];
    if (!found.some((it) => it.name === name)) found.push({ what: "field", type, name });
  };
  for (const name in data) {
    const within = known.get(name);
    if (within === undefined) note(nameOf(name));
    else if (within !== null) lookInto(data[name] ?? null, within, (inner) => note(nameOf(`${name}.${inner}`)));
  }
  return found ?? NONE;
}

function lookInto(value: Json, known: ReadonlySet<string>, note: (name: string) => void): void {
  if (typeof value !== "object" || value === null) return;
  const objects: readonly Json[] = Array.isArray(value) ? value.slice(0, LISTED_MAX) : [value as Json];
  for (const object of objects) {
    if (typeof object !== "object" || object === null || Array.isArray(object)) continue;
    for (const name in object) {
      if (!known.has(name)) note(name);
    }
  }
}

function nameOf(name: string): string {
  return cleanText(name.slice(0, NAME_MAX));
}
