import { isEventType, type JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "./parse_json.ts";

/** Stands where a one-time code may have been. */
export const REDACTED = "[redacted]";

/** True for messages that carry live one-time codes: e-mails and text messages, also of types yet unknown. */
export function carriesCodes(envelope: JsonObject): boolean {
  const { type } = envelope;
  return typeof type === "string" && (type.startsWith("email.") || type.startsWith("sms."));
}

/**
 * The envelope without what an e-mail or text message says. Where a code stands in a type yet unknown
 * nobody knows, so of such a one only names and addresses are kept. Idempotent.
 */
export function redactCodes(envelope: JsonObject): JsonObject {
  const { data, type } = envelope;
  if (data === undefined) return envelope;
  if (!isJsonObject(data)) return { ...envelope, data: REDACTED };
  const isKnown = typeof type === "string" && isEventType(type);
  return { ...envelope, data: isKnown ? { ...data, ...redactedFields(data) } : knownFields(data) };
}

const HARMLESS =
  /^(id|object|slug|status|user_id|(email_address|phone_number)_id|(to|from)_(email_address|email_name|phone_number)|delivered_by_clerk|created_at|created_at_ms|updated_at)$/;

function knownFields(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([name]) => HARMLESS.test(name)));
}

const SPOKEN = ["subject", "body", "body_plain", "message"];

function redactedFields(data: JsonObject): JsonObject {
  const fields = SPOKEN.filter((name) => Object.hasOwn(data, name)).map((name) => [name, REDACTED] as const);
  return { ...Object.fromEntries(fields), ...(Object.hasOwn(data, "data") ? { data: {} } : {}) };
}
