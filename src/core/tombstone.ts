import type { Source } from "./message.ts";

/** Which deletion message stands for the death: one that happened before one that was only observed, then the earliest. */
export interface Death {
  readonly source: Source;
  readonly timestampMs: number;
  readonly svixId: string;
  /** The event type, such as `user.deleted`; the rest is of no weight in the order. */
  readonly type: string;
  readonly receivedAtMs: number;
  /** The instance it came from. */
  readonly instanceId: string | null;
}

/** All deletions seen, in one. Merging is commutative, associative and idempotent, so arrival order cannot show. */
export interface Tombstone {
  /** The earliest deletion seen, milliseconds since the Unix epoch. */
  readonly deletedAtMs: number;
  readonly death: Death;
}

/** One tombstone for two: the earliest time, the preferred death. */
export function mergeTombstones(left: Tombstone | null, right: Tombstone | null): Tombstone | null {
  if (left === null) return right;
  if (right === null) return left;
  return {
    deletedAtMs: Math.min(left.deletedAtMs, right.deletedAtMs),
    death: compareDeaths(left.death, right.death) <= 0 ? left.death : right.death,
  };
}

/** True when both stand for the same deletions. */
export function sameTombstone(left: Tombstone | null, right: Tombstone | null): boolean {
  if (left === null || right === null) return left === right;
  return left.deletedAtMs === right.deletedAtMs && compareDeaths(left.death, right.death) === 0;
}

function compareDeaths(left: Death, right: Death): number {
  if (left.source !== right.source) return left.source === "webhook" ? -1 : 1;
  if (left.timestampMs !== right.timestampMs) return left.timestampMs - right.timestampMs;
  if (left.svixId === right.svixId) return 0;
  return left.svixId < right.svixId ? -1 : 1;
}
