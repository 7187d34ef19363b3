import type { Json, JsonObject } from "../../../src/core/mod.ts";
import { isJsonObject } from "../../../src/shell/decode/parse_json.ts";

/** The metadata of a row with a request's merged in, at every level; null takes a name away. */
export function mergedMetadata(row: JsonObject, body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).map(([name, patch]) => [name, merged(row[name] ?? {}, patch)]));
}

function merged(old: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const fields = new Map(Object.entries(isJsonObject(old) ? old : {}));
  for (const [name, field] of Object.entries(patch)) {
    if (field === null) fields.delete(name);
    else fields.set(name, merged(fields.get(name) ?? {}, field));
  }
  return Object.fromEntries(fields);
}
