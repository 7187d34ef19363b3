import { type Envelope, KINDS, type Kind, type Message } from "../../core/mod.ts";
import { decodeChanged } from "../decode/decode_changed.ts";
import { decodeDelivery } from "../decode/decode_delivery.ts";
import { checkEnvelope, readHead } from "../decode/envelope.ts";
import { isJsonObject, parseJson } from "../decode/parse_json.ts";

/** A message of the log, as it was kept. */
export interface FiledMessage {
  readonly svixId: string;
  readonly source: "webhook" | "api";
  /** When it was first received, milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
  /** Of the body that came, which may have been redacted since. */
  readonly bodyHash: string;
  readonly payload: string;
  /** The exact bytes in hex, where the text does not say them. */
  readonly payloadHex: string | null;
}

/**
 * Decodes a message of the log with the decoders of today. Total, as they are. What it said beyond its payload, such as
 * one-time codes, is gone.
 */
export function decodeFiled(filed: FiledMessage): Message {
  const { svixId, source, receivedAtMs, bodyHash, payload, payloadHex } = filed;
  if (source === "api") return decodeObservation(filed);
  const body = payloadHex === null ? payload : Buffer.from(payloadHex, "hex");
  return { ...decodeDelivery({ svixId, body, receivedAtMs }), bodyHash };
}

/** A snapshot of Clerk's API, in the envelope that it is kept in: no event of Clerk's, so no delivery. */
function decodeObservation({ payloadHex, ...filed }: FiledMessage): Message {
  const json = parseJson(filed.payload);
  if (!isJsonObject(json)) {
    const head = { type: null, instanceId: null, timestampMs: null, payloadHex };
    return { ...filed, ...head, _tag: "Unreadable", fault: "body: expected a JSON object" };
  }
  const envelope: Envelope = { ...filed, ...readHead(json), payloadHex };
  const { type } = envelope;
  const kind = KINDS.find((it) => type === `${it}.observed`);
  if (type === null || kind === undefined) {
    return { ...envelope, _tag: "Unreadable", fault: "type: expected that of an observation" };
  }
  const filing = checkEnvelope(json);
  if (!filing.ok) return { ...envelope, _tag: "Unreadable", fault: filing.fault };
  const told = { envelope, type, kind, filing };
  return filing.data["deleted"] === true ? observedDeletion(told) : decodeChanged(told, -1);
}

interface Observed {
  readonly envelope: Envelope;
  readonly type: string;
  readonly kind: Kind;
  readonly filing: Extract<ReturnType<typeof checkEnvelope>, { readonly ok: true }>;
}

/** That Clerk has it no more. */
function observedDeletion({ envelope, type, kind, filing: { timestampMs, data } }: Observed): Message {
  const { id } = data;
  if (typeof id !== "string") return { ...envelope, _tag: "Unreadable", fault: "data.id: expected a text" };
  const version = { asOfMs: timestampMs, rank: 1, timestampMs, svixId: envelope.svixId } as const;
  return { ...envelope, _tag: "Deleted", type, ref: { kind, id }, version, parents: [], body: null };
}
