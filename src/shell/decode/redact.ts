import type { JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "./parse_json.ts";

/** Stands where a one-time code may have been. */
export const REDACTED = "[redacted]";

/** True for messages that carry live one-time codes: e-mails and text messages, also of types yet unknown. */
export function carriesCodes(envelope: JsonObject): boolean {
  const { type } = envelope;
  return typeof type === "string" && (type.startsWith("email.") || type.startsWith("sms."));
}

/** The envelope without what an e-mail or text message says (design 1.4). Idempotent. */
export function redactCodes(envelope: JsonObject): JsonObject {
  const { data } = envelope;
  if (data === undefined) return envelope;
  return { ...envelope, data: isJsonObject(data) ? { ...data, ...redactedFields(data) } : REDACTED };
}

const SPOKEN = ["subject", "body", "body_plain", "message"];

function redactedFields(data: JsonObject): JsonObject {
  const fields = SPOKEN.filter((name) => Object.hasOwn(data, name)).map((name) => [name, REDACTED] as const);
  return { ...Object.fromEntries(fields), ...(Object.hasOwn(data, "data") ? { data: {} } : {}) };
}
