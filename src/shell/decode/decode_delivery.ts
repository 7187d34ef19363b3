import { createHash } from "node:crypto";
import {
  type Changed,
  type Envelope,
  EVENT_TYPES,
  type EventType,
  type EventTypeInfo,
  isEventType,
  type JsonObject,
  type Kind,
  type Message,
} from "../../core/mod.ts";
import { compileCheck, NAME_TYPE, objectType, TIME_MS_TYPE } from "./check.ts";
import { checkBody } from "./decode_body.ts";
import { checkEnvelope, type Filing, readHead } from "./envelope.ts";
import { parentsOf } from "./parents.ts";
import { isJsonObject, parseJson } from "./parse_json.ts";
import { carriesCodes, redactCodes } from "./redact.ts";

/** One verified delivery. */
export interface Delivery {
  /** Svix's message id. */
  readonly svixId: string;
  /** The exact text that was signed. */
  readonly body: string;
  /** Our clock at the first byte. */
  readonly receivedAtMs: number;
}

/**
 * Turns a delivery into a message. Total: what cannot be understood is `Unreadable`, with a fault that names the field
 * and never what is in it. One-time codes are gone from all that is returned (design 1.4). Nothing else about the
 * delivery is checked here: it must be verified before.
 */
export function decodeDelivery(delivery: Delivery): Message {
  const { body } = delivery;
  const known = { svixId: delivery.svixId, receivedAtMs: delivery.receivedAtMs, bodyHash: sha256(body) };
  const parsed = parseJson(body);
  if (!isJsonObject(parsed)) {
    const head = { type: null, source: "webhook", instanceId: null, timestampMs: null } as const;
    const fault = parsed === undefined ? "body: expected JSON" : "body: expected a JSON object";
    return { _tag: "Unreadable", ...known, ...head, payload: body, fault };
  }
  const redacted = carriesCodes(parsed);
  const json = redacted ? redactCodes(parsed) : parsed;
  const payload = redacted ? JSON.stringify(json) : body;
  return decodeEnvelope({ ...known, ...readHead(json), source: "webhook", payload }, json);
}

function decodeEnvelope(envelope: Envelope, json: JsonObject): Message {
  const { type } = envelope;
  if (type !== null && !isEventType(type)) return { ...envelope, _tag: "Unmapped", type };
  const filing = checkEnvelope(json);
  if (!filing.ok) return { ...envelope, _tag: "Unreadable", fault: filing.fault };
  if (type === null) return { ...envelope, _tag: "Unreadable", fault: "type: expected an event type" };
  const { kind, change }: EventTypeInfo = EVENT_TYPES[type];
  const context = { envelope, type, kind, filing };
  return change === "deleted" ? decodeDeleted(context) : decodeChanged(context, change === "created" ? 0 : 1);
}

interface Context {
  readonly envelope: Envelope;
  readonly type: EventType;
  readonly kind: Kind;
  readonly filing: Filing;
}

const checkChanged = compileCheck(objectType({ id: NAME_TYPE, updated_at: TIME_MS_TYPE }), "data");
const checkDeleted = compileCheck(objectType({ id: NAME_TYPE }), "data");

function decodeChanged({ envelope, type, kind, filing }: Context, rank: 0 | 1): Message {
  const { timestampMs, data } = filing;
  const entity = checkChanged(data);
  if (!entity.ok) return { ...envelope, _tag: "Unreadable", fault: entity.fault };
  const checked = checkBody(kind, data);
  if (!checked.ok) return { ...envelope, _tag: "Unreadable", fault: checked.fault };
  const { body } = checked;
  const message = {
    ...envelope,
    _tag: "Changed",
    type,
    ref: { kind, id: entity.data.id },
    version: { asOfMs: entity.data.updated_at ?? timestampMs, rank, timestampMs, svixId: envelope.svixId },
    parents: parentsOf(body),
    body,
  };
  // The kinds of type, ref and body are one, since all come from the type; the compiler sees three unions.
  return message as Changed;
}

/** Its time is the envelope's: a deleted membership carries an `updated_at` that did not move. */
function decodeDeleted({ envelope, type, kind, filing }: Context): Message {
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

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
