import type { Json, JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { PermanentFailure } from "./failure.ts";

/** The payload as an object, or a `PermanentFailure` that says what the handler takes. */
export function objectPayload(payload: Json, takes: string): JsonObject {
  if (isJsonObject(payload)) return payload;
  throw new PermanentFailure({ message: `the payload is no object: it must be ${takes}` });
}

/** A text of the payload; undefined if it has none under that name. */
export function textIn(payload: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
