import { Cause, Context, Duration, Effect, Layer, Schedule, Semaphore } from "effect";
import { Database } from "../database/database.ts";
import type { RecordedBatch } from "../signals/recorded_batch.ts";
import { describeFault } from "../store/fault.ts";
import { forgetKnown, writeDrift } from "./drift_store.ts";
import { DriftTally } from "./drift_tally.ts";
import { findDrift } from "./find_drift.ts";

export interface DriftOptions {
  /** @default 5_000 */
  readonly flushEveryMs?: number;
}

const FLUSH_EVERY_MS = 5_000;
/** For what is left when the service stops. */
const LAST_FLUSH_LIMIT = Duration.seconds(3);

/** Counts what Clerk sends and this Docket does not know, beside the path of the messages. */
export class Drift extends Context.Service<
  Drift,
  {
    /** To be called after each commit, with what it holds. Costs microseconds a message, and waits for nothing. */
    readonly recorded: (batch: Pick<RecordedBatch, "messages" | "answers">) => void;
  }
>()("docket/shell/Drift") {
  static layer({ flushEveryMs = FLUSH_EVERY_MS }: DriftOptions = {}): Layer.Layer<Drift, never, Database> {
    return Layer.effect(
      Drift,
      Effect.gen(function* () {
        const { db } = yield* Database;
        const tally = new DriftTally();
        const oneAtATime = yield* Semaphore.make(1);
        // The last one waits for one that is under way, and takes what that could not write.
        const flush = Effect.suspend(() => {
          const taken = tally.take();
          if (taken.length === 0) return Effect.void;
          return Effect.tryPromise(() => writeDrift(db, taken)).pipe(
            Effect.catch((error) => {
              tally.putBack(taken);
              return Effect.logWarning("Drift not written, will try again", describeFault(error));
            }),
          );
        }).pipe(oneAtATime.withPermits(1));
        yield* Effect.tryPromise(() => forgetKnown(db)).pipe(
          Effect.catch((error) => Effect.logWarning("Drift not looked through", describeFault(error))),
          Effect.andThen(Effect.repeat(flush, Schedule.spaced(Duration.millis(flushEveryMs)))),
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("Drift is no longer counted", { cause }),
          ),
          Effect.forkScoped,
        );
        yield* Effect.addFinalizer(() => Effect.ignore(Effect.timeoutOption(flush, LAST_FLUSH_LIMIT)));
        return Drift.of({
          recorded: ({ messages, answers }) => {
            for (const [index, message] of messages.entries()) {
              if (message.source !== "webhook" || !isTaken(answers[index])) continue;
              for (const drifted of findDrift(message)) tally.add(drifted, message);
            }
          },
        });
      }),
    );
  }
}

/** Of another instance's messages nothing is said, and one that comes again is counted once. */
function isTaken(answer: RecordedBatch["answers"][number] | undefined): boolean {
  return answer === "applied" || answer === "stale" || answer === "ignored";
}
