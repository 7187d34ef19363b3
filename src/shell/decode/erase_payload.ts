import { eraseData, type Json, type JsonObject, type Kind } from "../../core/mod.ts";
import { isJsonObject, parseJson } from "./parse_json.ts";

/**
 * A logged payload without personal data: of the envelope its type, instance and timestamp stay, of `data` what
 * `eraseData` keeps; the client's address and browser (`event_attributes`) go. It decodes to the same entity, version
 * and parents as before. Empty for a text that is no envelope. Idempotent.
 */
export function eraseTextPayload(payload: string, kind: Kind): string {
  const envelope = parseJson(payload);
  if (!isJsonObject(envelope)) return "";
  return JSON.stringify(Object.fromEntries(Object.entries(envelope).flatMap((entry) => keep(entry, kind))));
}

function keep([name, field]: readonly [string, Json], kind: Kind): readonly (readonly [string, Json])[] {
  if (name === "data") return [[name, isJsonObject(field) ? eraseData(kind, field) : {}]];
  return KEPT.includes(name) && !isNested(field) ? [[name, field]] : [];
}

const KEPT = ["object", "type", "instance_id", "timestamp"];

function isNested(field: Json): field is JsonObject | readonly Json[] {
  return typeof field === "object" && field !== null;
}
