import type { JsonObject } from "./json.ts";
import type { EntityRef, EventTypeOf, Kind } from "./kind.ts";
import type { Values } from "./value.ts";
import type { Version } from "./version.ts";

/** `webhook`: Clerk said that something happened. `api`: a snapshot of its Backend API only shows that it is so. */
export type Source = "webhook" | "api";

/** What is known of every message, verified and free of one-time codes, before anything is decided. */
export interface Envelope {
  /** Svix's message id: the same on every redelivery and replay. The idempotency key of ingest. */
  readonly svixId: string;
  /** Clerk's event type; null when the body has no readable one. */
  readonly type: string | null;
  readonly source: Source;
  /** Null where the payload has none: messages from before February 2025 lack it. */
  readonly instanceId: string | null;
  /** The envelope's `timestamp` in milliseconds; null when the body has no readable one. */
  readonly timestampMs: number | null;
  /** Our clock at the first byte of the delivery. Data, so that the core needs no clock. */
  readonly receivedAtMs: number;
  /** The body to keep: byte for byte as it was signed, but for redacted one-time codes. */
  readonly payload: string;
  /** The exact bytes in hex, where no text in a database can say them: not UTF-8, or with a NUL. Else null. */
  readonly payloadHex: string | null;
  /** SHA-256 of the body as it was signed, hex. Tells a redelivery from another body under the same id. */
  readonly bodyHash: string;
}

/** A live version of an entity: created, updated, or anything else that leaves it alive. */
export interface ChangedOf<K extends Kind> extends Envelope {
  readonly _tag: "Changed";
  readonly type: EventTypeOf<K> | `${K}.observed`;
  readonly ref: { readonly kind: K; readonly id: string };
  readonly version: Version;
  /** Those whose deletion would end this entity, as this version names them. */
  readonly parents: readonly EntityRef[];
  readonly body: BodyOf<K>;
}

export type Changed = { readonly [K in Kind]: ChangedOf<K> }[Kind];

/** The entity is gone, and stays gone. */
export interface Deleted extends Envelope {
  readonly _tag: "Deleted";
  readonly type: string;
  readonly ref: EntityRef;
  readonly version: Version;
  /** Those the deletion names: a deleted membership still names its organization and user. */
  readonly parents: readonly EntityRef[];
  /** The entity as it was, where the deletion carries it whole (memberships do), else null. */
  readonly body: Body | null;
}

/** What a row shows of one version. */
export interface BodyOf<K extends Kind> {
  readonly kind: K;
  /** The kind's typed fields. */
  readonly value: Values[K];
  /** The payload's `data`, whole. */
  readonly data: JsonObject;
}

export type Body = { readonly [K in Kind]: BodyOf<K> }[Kind];

/** A well-formed envelope of a type that has no table. */
export interface Unmapped extends Envelope {
  readonly _tag: "Unmapped";
  readonly type: string;
}

/** Signed, but not understood. `fault` says what is wrong, for people. */
export interface Unreadable extends Envelope {
  readonly _tag: "Unreadable";
  readonly fault: string;
}

/** One delivered message, after decoding. */
export type Message = Changed | Deleted | Unmapped | Unreadable;

/** The envelope alone, without what was decoded from it. */
export function envelopeOf(message: Message): Envelope {
  return {
    svixId: message.svixId,
    type: message.type,
    source: message.source,
    instanceId: message.instanceId,
    timestampMs: message.timestampMs,
    receivedAtMs: message.receivedAtMs,
    payload: message.payload,
    payloadHex: message.payloadHex,
    bodyHash: message.bodyHash,
  };
}
