import type { Json, JsonObject } from "./json.ts";
import { KEPT, type KeepFields } from "./kept.ts";
import type { Kind } from "./kind.ts";
import type { Body } from "./message.ts";

/**
 * The body without personal data: fields not named in `KEPT` become null, lists become empty. Erasing twice is erasing
 * once, and erasing `data` before decoding it comes to the same as erasing after.
 */
export function eraseBody(body: Body): Body {
  const kept = KEPT[body.kind];
  if (kept === "all") return body;
  const erased: unknown = {
    kind: body.kind,
    value: eraseValue(body.value, kept.value),
    data: prune(body.data, kept.data),
  };
  // The same kind and the same fields, which the compiler cannot follow through a lookup by kind.
  return erased as Body;
}

/** A payload's `data` without personal data: fields not named in `KEPT` are left out. Idempotent. */
export function eraseData(kind: Kind, data: JsonObject): JsonObject {
  const kept = KEPT[kind];
  return kept === "all" ? data : prune(data, kept.data);
}

function eraseValue(value: Body["value"], kept: KeepFields): JsonObject {
  const fields: readonly (readonly [string, Json])[] = Object.entries(value);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, keep(field, { name, kept }) ?? (Array.isArray(field) ? [] : null)]),
  );
}

function prune(object: JsonObject, kept: KeepFields): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, field]) => {
      const left = keep(field, { name, kept });
      return left === undefined ? [] : [[name, left] as const];
    }),
  );
}

/** Undefined when nothing of the field is kept. */
function keep(field: Json, place: { readonly name: string; readonly kept: KeepFields }): Json | undefined {
  if (!Object.hasOwn(place.kept, place.name)) return undefined;
  const how = place.kept[place.name];
  if (how === undefined) return undefined;
  if (how === "scalar") return typeof field === "object" && field !== null ? undefined : field;
  return isObject(field) ? prune(field, how) : undefined;
}

function isObject(json: Json): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
