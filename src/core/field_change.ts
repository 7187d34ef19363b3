import type { ChainNode } from "./chain.ts";
import type { Edge } from "./edge.ts";
import { type Json, type JsonObject, sameJson } from "./json.ts";

/** One field that differs between two neighbouring versions. */
export interface FieldChange {
  /** Names from the payload's `data` down, joined by dots; empty for the entity itself, born or gone. */
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
}

/** Deeper differences are told by the object that holds them. */
const DEPTH_MAX = 4;
/** Says only that there is a new version, which every edge says. */
const UNSAID = "updated_at";

/** The change log's lines of an edge; null when an end of it has lost its payload. */
export function fieldChangesOf({ before, after }: Edge): readonly FieldChange[] | null {
  if (before._tag === "Nothing" || after._tag === "Grave") return [{ path: "", before: null, after: null }];
  const [from, to] = [dataOf(before), dataOf(after)];
  return from === null || to === null ? null : differences(from, to, "");
}

function dataOf(node: ChainNode): JsonObject | null {
  return node._tag === "Link" && node.body !== null ? node.body.data : null;
}

/** Lists are told whole: which of their items is which is not ours to say. */
function differences(before: JsonObject, after: JsonObject, prefix: string): readonly FieldChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): readonly FieldChange[] => {
    const path = `${prefix}${name}`;
    const [from, to] = [fieldOf(before, name), fieldOf(after, name)];
    if (path === UNSAID || sameJson(from, to)) return [];
    const isDeep = path.split(".").length >= DEPTH_MAX;
    if (isDeep || !isObject(from) || !isObject(to)) return [{ path, before: from, after: to }];
    return differences(from, to, `${path}.`);
  });
}

function fieldOf(object: JsonObject, name: string): Json {
  return Object.hasOwn(object, name) ? (object[name] as Json) : null;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
