import type { EndedAttempt } from "./ended_attempt.ts";
import { Histogram } from "./histogram.ts";
import { LabelCounts } from "./label_counts.ts";
import type { RecordedBatch } from "./recorded_batch.ts";
import { Tally } from "./tally.ts";
import { typeLabel } from "./type_label.ts";

/** Hears what was counted, as it is counted. Must not throw. */
export interface SignalListener {
  readonly recorded?: (batch: RecordedBatch) => void;
  readonly ended?: (attempts: readonly EndedAttempt[]) => void;
}

const BATCH_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500] as const;
/** All outcomes of all types that are known, and more. */
const MESSAGE_LABELS_MAX = 500;
/** Policies and handlers are the config's, and no longer all of those of jobs on file. */
const ATTEMPT_LABELS_MAX = 500;

/** Counts what this process does, since it started. Costs a few additions a message, and never waits. */
export class Signals {
  readonly #total = new Tally();
  readonly #listeners = new Set<SignalListener>();
  readonly #messages = new LabelCounts(["outcome", "type"], MESSAGE_LABELS_MAX);
  readonly #attempts = new LabelCounts(["policy", "handler", "outcome"], ATTEMPT_LABELS_MAX);
  readonly #batches = new Histogram(BATCH_BOUNDS);

  /** To be called after each commit. */
  recorded(batch: RecordedBatch): void {
    const nowMs = Date.now();
    const { messages, answers, lateMs } = batch;
    this.#batches.observe(messages.length);
    for (const [index, answer] of answers.entries()) {
      this.#total.count("received");
      this.#total.count(answer);
      const message = messages[index];
      this.#messages.count({ outcome: answer, type: typeLabel(message?.type ?? null) });
      // The lag of a repeated delivery is that of the one before it, told once more.
      if (message === undefined || answer === "duplicate") continue;
      // A snapshot of Clerk's API shows what changed long ago: when it was asked for says nothing of the source.
      if (message.source === "webhook" && message.timestampMs !== null) {
        this.#total.observe("happenedToReceived", message.receivedAtMs - message.timestampMs);
      }
      this.#total.observe("receivedToApplied", nowMs - message.receivedAtMs);
    }
    for (const late of lateMs) this.#total.observe("late", late);
    for (const { recorded } of this.#listeners) recorded?.(batch);
  }

  /** To be called when the ends of attempts are written down. */
  ended(attempts: readonly EndedAttempt[]): void {
    for (const { policy, handler, outcome, lagMs } of attempts) {
      this.#attempts.count({ policy, handler, outcome });
      this.#total.count(outcome === "done" ? "effectsDone" : "effectsFailed");
      if (outcome === "done" && lagMs !== null) this.#total.observe("appliedToEffect", lagMs);
    }
    for (const { ended } of this.#listeners) ended?.(attempts);
  }

  /** All that was counted so far, in a copy. */
  total(): Tally {
    return this.#total.copy();
  }

  /** Messages by outcome and event type. */
  get messages(): LabelCounts<"outcome" | "type"> {
    return this.#messages;
  }

  /** Ended attempts of jobs by policy, handler and outcome. */
  get attempts(): LabelCounts<"policy" | "handler" | "outcome"> {
    return this.#attempts;
  }

  /** How many messages were committed together. */
  get batches(): Histogram {
    return this.#batches;
  }

  /** Gives what no longer listens. */
  listen(listener: SignalListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
