import { Cause, Clock, Duration, Effect, Layer, Schedule } from "effect";
import type { Kysely } from "kysely";
import { Database, type DatabaseError, toDatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { describeFault } from "../store/fault.ts";
import { FIRST_HELD, type HeldPlace, retainHeld, retainPage } from "./retain_page.ts";

export interface RetentionOptions {
  /** Payloads that were replaced longer ago than this are dropped. */
  readonly days: number;
}

const DAY_MS = 86_400_000;
const EVERY = Duration.minutes(15);
/** Pages take about half of the time at most: the rest is for what comes in. */
const PAUSE_MS_MIN = 5;

/**
 * Drops old payloads while the layer lives, outside of any request. Any number of processes may: one at a time has a
 * page. Ends when the page under way is on disk.
 */
export function retentionLayer({ days }: RetentionOptions): Layer.Layer<never, never, Database> {
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const { db } = yield* Database;
      yield* pass(db, days).pipe(
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : Effect.logWarning("Old payloads not dropped, will try again", describeFault(Cause.squash(cause))),
        ),
        Effect.repeat(Schedule.spaced(EVERY)),
        Effect.forkScoped,
      );
    }),
  );
}

/** Everything that is old enough by now. Says how many payloads went, if any did. */
export function pass(db: Kysely<DocketDatabase>, days: number): Effect.Effect<number, DatabaseError> {
  return Effect.gen(function* () {
    const beforeMs = (yield* Clock.currentTimeMillis) - days * DAY_MS;
    let payloads = 0;
    for (let more = true; more; ) {
      const page = yield* paced(() => retainPage(db, beforeMs));
      payloads += page.payloads;
      more = page.more;
    }
    for (let after: HeldPlace | null = FIRST_HELD; after !== null; ) {
      const from: HeldPlace = after;
      const held = yield* paced(() => retainHeld(db, { after: from, beforeMs }));
      payloads += held.payloads;
      after = held.last;
    }
    if (payloads > 0) yield* Effect.logInfo("Old payloads dropped", { payloads, days });
    return payloads;
  });
}

function paced<T>(page: () => Promise<T>): Effect.Effect<T, DatabaseError> {
  return Effect.gen(function* () {
    const fromMs = yield* Clock.currentTimeMillis;
    const done = yield* Effect.uninterruptible(
      Effect.tryPromise({ try: page, catch: (cause) => toDatabaseError("drop old payloads", cause) }),
    );
    const tookMs = (yield* Clock.currentTimeMillis) - fromMs;
    yield* Effect.sleep(Math.max(PAUSE_MS_MIN, tookMs));
    return done;
  });
}
