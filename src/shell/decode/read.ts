import type { Json, JsonObject } from "../../core/mod.ts";
import { NAME_PATTERN, TIME_MS_MAX } from "./check.ts";
import { isJsonObject } from "./parse_json.ts";

/** Text as it is; null for anything else. */
export function readText(object: JsonObject, name: string): string | null {
  const field = own(object, name);
  return typeof field === "string" ? field : null;
}

/** Text; null when it is empty, as Clerk's billing fills fields that do not apply. */
export function readFilled(object: JsonObject, name: string): string | null {
  const text = readText(object, name);
  return text === "" ? null : text;
}

/** An id; null when it is empty or could be none. */
export function readId(object: JsonObject, name: string): string | null {
  const text = readText(object, name);
  return text !== null && NAME_PATTERN.test(text) ? text : null;
}

/** Whole milliseconds since the Unix epoch, of the years 1970 to 9999; null for anything else. */
export function readTimeMs(object: JsonObject, name: string): number | null {
  const field = own(object, name);
  return typeof field === "number" && Number.isInteger(field) && field >= 0 && field <= TIME_MS_MAX ? field : null;
}

/** A whole number that a Postgres `integer` holds; null for anything else. */
export function readInteger(object: JsonObject, name: string): number | null {
  const field = own(object, name);
  return typeof field === "number" && (field | 0) === field ? field : null;
}

export function readFlag(object: JsonObject, name: string): boolean | null {
  const field = own(object, name);
  return typeof field === "boolean" ? field : null;
}

export function readObject(object: JsonObject, name: string): JsonObject | null {
  const field = own(object, name);
  return isJsonObject(field) ? field : null;
}

/** A list; empty for anything else. */
export function readList(object: JsonObject, name: string): readonly Json[] {
  const field = own(object, name);
  return Array.isArray(field) ? field : [];
}

/** The strings of a list. */
export function readTexts(object: JsonObject, name: string): readonly string[] {
  return readList(object, name).filter((item) => typeof item === "string");
}

/** The objects of a list. */
export function readObjects(object: JsonObject, name: string): readonly JsonObject[] {
  return readList(object, name).filter(isJsonObject);
}

/** What every kind has. */
export function readCommon(object: JsonObject): {
  readonly createdAtMs: number | null;
  readonly updatedAtMs: number | null;
} {
  return { createdAtMs: readTimeMs(object, "created_at"), updatedAtMs: readTimeMs(object, "updated_at") };
}

/** Never what an object inherits: a payload may lack any field. */
function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
