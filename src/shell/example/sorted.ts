import type { Json, JsonObject } from "../../core/mod.ts";

/** The same object with the keys of all its objects in alphabetical order, as Clerk writes them. */
export function sortedObject(object: JsonObject): JsonObject {
  const keys = Object.keys(object).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(object[key] ?? null)]));
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  return isArray(value) ? value.map(sorted) : sortedObject(value);
}

function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
