import { createHash } from "node:crypto";
import { Type } from "@sinclair/typebox";
import type { Envelope, Json, JsonObject, Kind, Message } from "../../core/mod.ts";
import { compileCheck, NAME_TYPE, objectType, TIME_MS_MAX } from "../decode/check.ts";
import { decodeChanged } from "../decode/decode_changed.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readId, readTimeMs } from "../decode/read.ts";
import { sortedObject } from "../example/sorted.ts";

/** The kinds that Clerk's API shows. Of e-mails and text messages it shows none, so no observation carries a code. */
export type ObservableKind = Exclude<Kind, "message">;

export interface ObservationContext {
  /** Our clock when the answer came, milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
  /** Whose API was asked. */
  readonly instanceId: string | null;
}

const TIME_MS = Type.Integer({
  minimum: 0,
  maximum: TIME_MS_MAX,
  description: `an integer from 0 to ${TIME_MS_MAX} (milliseconds)`,
});

const checkObserved = compileCheck(objectType({ id: NAME_TYPE, updated_at: TIME_MS }), "data");

/**
 * A snapshot of one entity as a message: as of its `updated_at`, below any webhook of that millisecond. The same snapshot
 * is the same message, whoever takes it and whenever: its id and hash are made of the kind and of what it says, whatever
 * the order of its names. Its payload is an envelope like a webhook's, so the log can be read again alike.
 *
 * Total, as `decodeDelivery` is: what lacks an id or an `updated_at` is `Unreadable`, with a fault that names the field.
 */
export function observationOf(kind: ObservableKind, data: Json, context: ObservationContext): Message {
  const object = sortedObject(isJsonObject(data) ? data : {});
  const type = `${kind}.observed`;
  const updatedAtMs = readTimeMs(object, "updated_at");
  const bodyHash = createHash("sha256").update(JSON.stringify(object)).digest("hex");
  const envelope: Envelope = {
    svixId: svixIdOf(kind, object, bodyHash),
    type,
    source: "api",
    instanceId: context.instanceId,
    timestampMs: updatedAtMs,
    receivedAtMs: context.receivedAtMs,
    payload: JSON.stringify({
      data: object,
      instance_id: context.instanceId,
      object: "event",
      timestamp: updatedAtMs,
      type,
    }),
    payloadHex: null,
    bodyHash,
  };
  if (!isJsonObject(data)) return { ...envelope, _tag: "Unreadable", fault: "data: expected an object" };
  const checked = checkObserved(object);
  if (!checked.ok) return { ...envelope, _tag: "Unreadable", fault: checked.fault };
  const filing = { ok: true, timestampMs: checked.data.updated_at, data: object } as const;
  return decodeChanged({ envelope, type, kind, filing }, -1);
}

/** `api:<kind>:<id>:<updated_at>:<hash>`; 32 digits of the hash are enough to tell snapshots of one instant apart. */
function svixIdOf(kind: ObservableKind, data: JsonObject, bodyHash: string): string {
  const id = readId(data, "id") ?? "";
  return `api:${kind}:${id}:${readTimeMs(data, "updated_at") ?? ""}:${bodyHash.slice(0, 32)}`;
}
