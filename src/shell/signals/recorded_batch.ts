import type { Message, Outcome } from "../../core/mod.ts";

/** A batch that was committed, each message with its answer. */
export interface RecordedBatch {
  readonly messages: readonly Message[];
  readonly answers: readonly (Outcome | "duplicate")[];
  /** By how many milliseconds each of the stale ones was behind what was on file. */
  readonly lateMs: readonly number[];
}
