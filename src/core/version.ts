/**
 * Where a message stands in the history of its entity. Compared left to right, so the order is
 * total: two processes that saw the same messages can never disagree on the newest.
 */
export interface Version {
  /** `data.updated_at` where the payload has one, else `timestampMs`; for deletions always `timestampMs`. */
  readonly asOfMs: number;
  /** An observation before a creation before the rest, so that versions as of one millisecond stand in the order of life. */
  readonly rank: VersionRank;
  /** The envelope's `timestamp`, milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** Svix's message id, printable ASCII, so that JavaScript and Postgres (collation "C") order it alike. */
  readonly svixId: string;
}

/**
 * -1: observed through Clerk's API, 0: created, 1: changed or deleted. A snapshot never beats what a webhook said
 * as of the same millisecond, so that a read-through cannot swallow a `created`.
 */
export type VersionRank = -1 | 0 | 1;

/** Negative when `left` is the older, positive when it is the newer, zero when both are one message. */
export function compareVersions(left: Version, right: Version): number {
  if (left.asOfMs !== right.asOfMs) return left.asOfMs - right.asOfMs;
  if (left.rank !== right.rank) return left.rank - right.rank;
  if (left.timestampMs !== right.timestampMs) return left.timestampMs - right.timestampMs;
  if (left.svixId === right.svixId) return 0;
  return left.svixId < right.svixId ? -1 : 1;
}

/** Milliseconds of an envelope's `timestamp`: Clerk's own examples give seconds, real messages milliseconds. */
export function envelopeTimestampMs(timestamp: number): number {
  return timestamp < SECONDS_BELOW ? timestamp * 1000 : timestamp;
}

/** As milliseconds 1e11 is March 1973, as seconds the year 5138: no message of Clerk's stands between. */
const SECONDS_BELOW = 1e11;
