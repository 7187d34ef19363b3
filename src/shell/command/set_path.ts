import type { Json, JsonObject } from "../../core/mod.ts";

/** One `--set path=value`. */
export interface Setting {
  /** Such as `["data", "email_addresses", "0", "email_address"]`. */
  readonly path: readonly [string, ...string[]];
  readonly value: Json;
}

/** Keys that are no data in JavaScript. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** Reads `path=value`; the value is JSON, else text as it stands. Undefined if that is not its form. */
export function parseSetting(text: string): Setting | undefined {
  const equals = text.indexOf("=");
  if (equals < 1) return undefined;
  const [first, ...rest] = text.slice(0, equals).split(".");
  if (first === undefined || [first, ...rest].some((key) => key === "" || FORBIDDEN.has(key))) return undefined;
  return { path: [first, ...rest], value: parseValue(text.slice(equals + 1)) };
}

/**
 * The same document with one value set. Makes what the path names and is not there: a list where the next key is 0,
 * else an object. In a list, an index past its end adds to it.
 */
export function withSetting(document: JsonObject, setting: Setting): JsonObject {
  const changed = setIn(document, setting.path, setting.value);
  return isObject(changed) ? changed : document;
}

function setIn(node: Json | undefined, path: readonly string[], value: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (isList(node) && /^\d+$/.test(key)) {
    const index = Math.min(Number(key), node.length);
    return [...node.slice(0, index), setIn(node[index], rest, value), ...node.slice(index + 1)];
  }
  if (isObject(node)) return { ...node, [key]: setIn(node[key], rest, value) };
  return key === "0" ? [setIn(undefined, rest, value)] : { [key]: setIn(undefined, rest, value) };
}

function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
