import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import {
  type Envelope,
  EVENT_TYPES,
  type EventTypeInfo,
  isEventType,
  type JsonObject,
  type Message,
} from "../../core/mod.ts";
import { compileCheck, NAME_TYPE, objectType } from "./check.ts";
import { checkBody } from "./decode_body.ts";
import { decodeChanged, type Told } from "./decode_changed.ts";
import { checkEnvelope, readHead } from "./envelope.ts";
import { keepContent } from "./message_content.ts";
import { parentsOf } from "./parents.ts";
import { isJsonObject, parseJson } from "./parse_json.ts";
import { carriesCodes, redactCodes } from "./redact.ts";

/** One verified delivery. */
export interface Delivery {
  /** Svix's message id. */
  readonly svixId: string;
  /** What was signed: its bytes, or the text that says them. */
  readonly body: Uint8Array | string;
  /** Our clock at the first byte. */
  readonly receivedAtMs: number;
}

/**
 * Turns a delivery into a message. Total: what cannot be understood is `Unreadable`, with a fault that names the field
 * and never what is in it. One-time codes are gone from all that is returned. Nothing else about the
 * delivery is checked here: it must be verified before.
 */
export function decodeDelivery(delivery: Delivery): Message {
  const { text, fault, hex, bodyHash } = readSigned(delivery.body);
  const known = { svixId: delivery.svixId, receivedAtMs: delivery.receivedAtMs, bodyHash, source: "webhook" } as const;
  const parsed = parseJson(text);
  if (!isJsonObject(parsed)) {
    const head = { type: null, instanceId: null, timestampMs: null, payload: text, payloadHex: hex } as const;
    const expected = parsed === undefined ? "body: expected JSON" : "body: expected a JSON object";
    return { _tag: "Unreadable", ...known, ...head, fault: fault ?? expected };
  }
  const redacted = carriesCodes(parsed);
  const json = redacted ? redactCodes(parsed) : parsed;
  // The bytes of what carries codes are not kept: the codes are in them.
  const kept = redacted ? { payload: JSON.stringify(json), payloadHex: null } : { payload: text, payloadHex: hex };
  const envelope = { ...known, ...readHead(json), ...kept };
  if (fault !== null) return { ...envelope, _tag: "Unreadable", fault };
  const message = decodeEnvelope(envelope, json);
  if (redacted) keepContent(message, parsed);
  return message;
}

interface Signed {
  /** U+FFFD stands for what is not UTF-8. */
  readonly text: string;
  readonly fault: string | null;
  /** The bytes, where a database's text can't say them. */
  readonly hex: string | null;
  readonly bodyHash: string;
}

function readSigned(body: Uint8Array | string): Signed {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const text = typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const fault = isUtf8(bytes) ? null : "body: expected UTF-8";
  const hex = fault !== null || text.includes("\u0000") ? Buffer.from(bytes).toString("hex") : null;
  return { text, fault, hex, bodyHash: createHash("sha256").update(bytes).digest("hex") };
}

function decodeEnvelope(envelope: Envelope, json: JsonObject): Message {
  const { type } = envelope;
  if (type !== null && !isEventType(type)) return { ...envelope, _tag: "Unmapped", type };
  const filing = checkEnvelope(json);
  if (!filing.ok) return { ...envelope, _tag: "Unreadable", fault: filing.fault };
  if (type === null) return { ...envelope, _tag: "Unreadable", fault: "type: expected an event type" };
  const { kind, change }: EventTypeInfo = EVENT_TYPES[type];
  const told = { envelope, type, kind, filing };
  return change === "deleted" ? decodeDeleted(told) : decodeChanged(told, change === "created" ? 0 : 1);
}

const checkDeleted = compileCheck(objectType({ id: NAME_TYPE }), "data");

/** Its time is the envelope's: a deleted membership carries an `updated_at` that did not move. */
function decodeDeleted({ envelope, type, kind, filing }: Told): Message {
  const { timestampMs, data } = filing;
  const entity = checkDeleted(data);
  if (!entity.ok) return { ...envelope, _tag: "Unreadable", fault: entity.fault };
  const whole = kind === "organization_membership" ? checkBody(kind, data) : null;
  const body = whole?.ok === true ? whole.body : null;
  return {
    ...envelope,
    _tag: "Deleted",
    type,
    ref: { kind, id: entity.data.id },
    version: { asOfMs: timestampMs, rank: 1, timestampMs, svixId: envelope.svixId },
    parents: body === null ? [] : parentsOf(body),
    body,
  };
}
