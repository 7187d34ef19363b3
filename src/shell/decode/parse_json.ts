import type { Json, JsonObject } from "../../core/mod.ts";

/**
 * Reads JSON so that nothing later can overflow on it: what nests deeper than 100 levels becomes null (anyone may nest
 * their own metadata; JavaScript and Postgres recurse), and so do numbers too great to be one. Undefined: not JSON.
 */
export function parseJson(text: string): Json | undefined {
  try {
    const parsed: Json = JSON.parse(text);
    // Almost all is within the limits, and need not be made anew.
    return isWithin(parsed, NESTING_MAX) ? parsed : limit(parsed, NESTING_MAX);
  } catch {
    return undefined;
  }
}

/** True for `{...}`, false for lists. */
export function isJsonObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

const NESTING_MAX = 100;

function isWithin(json: Json, levels: number): boolean {
  if (typeof json === "number") return Object.is(limitNumber(json), json);
  if (typeof json !== "object" || json === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(json)) return json.every((item: Json) => isWithin(item, levels - 1));
  const fields = json as JsonObject;
  for (const name in fields) {
    if (!isWithin(fields[name] ?? null, levels - 1)) return false;
  }
  return true;
}

function limit(json: Json, levels: number): Json {
  if (typeof json === "number") return limitNumber(json);
  if (typeof json !== "object" || json === null) return json;
  if (levels === 0) return null;
  if (Array.isArray(json)) return json.map((item: Json) => limit(item, levels - 1));
  return Object.fromEntries(Object.entries(json).map(([name, field]) => [name, limit(field, levels - 1)]));
}

/** `1e400` parses as Infinity, which JSON has no word for, and `-0` would come back from JSON as 0. */
function limitNumber(number: number): number | null {
  if (!Number.isFinite(number)) return null;
  return number === 0 ? 0 : number;
}
