import { createHash } from "node:crypto";
import type { Deleted, EntityRef } from "../../core/mod.ts";
import type { ObservationContext } from "./observation.ts";

/**
 * What Clerk's API no longer has, as a message: a deletion that was only observed, as of when it was seen. It is the same
 * message however often it is seen, so that the first time counts.
 */
export function observedDeletion(ref: EntityRef, { receivedAtMs, instanceId }: ObservationContext): Deleted {
  const { kind, id } = ref;
  const svixId = `api:${kind}:${id}:404`;
  const type = `${kind}.observed`;
  const data = { deleted: true, id };
  return {
    _tag: "Deleted",
    svixId,
    type,
    source: "api",
    instanceId,
    timestampMs: receivedAtMs,
    receivedAtMs,
    payload: JSON.stringify({ data, instance_id: instanceId, object: "event", timestamp: receivedAtMs, type }),
    payloadHex: null,
    // Of what it says, and not of when.
    bodyHash: createHash("sha256").update(svixId).digest("hex"),
    ref,
    version: { asOfMs: receivedAtMs, rank: 1, timestampMs: receivedAtMs, svixId },
    parents: [],
    body: null,
  };
}
