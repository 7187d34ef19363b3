import { randomUUID } from "node:crypto";
import { Cause, Duration, Effect, Layer, Schedule } from "effect";
import { chooseWalks } from "../backfill/backfill.ts";
import { checkInstance, type WrongInstance } from "../clerk/check_instance.ts";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import { Database, toDatabaseError } from "../database/database.ts";
import { EventStore } from "../store/event_store.ts";
import { describeFault } from "../store/fault.ts";
import type { Context, ReconcileFailure } from "./context.ts";
import { isEqual, type KindSummary } from "./discrepancy.ts";
import { reconcile } from "./reconcile.ts";
import { endTurn, keepTurn, LEASE_MS, leaveTurn, type Turn, takeTurn } from "./turn.ts";

export interface PeriodicOptions {
  readonly everyMs: number;
  readonly api: ClerkApi;
  /** As in DOCKET_INSTANCE_IDS. */
  readonly instanceIds: readonly string[];
}

/** Everything is compared at least so often; in between only the users that changed, which Clerk can list. */
const FULL_EVERY_MS = 24 * 3_600_000;
/** Changed users are asked for from so long before the last look: clocks differ, and lists come late. */
const LOOK_BACK_MS = 5 * 60_000;
const RETRY_MS_MAX = 60_000;

/**
 * Reconciles with a fix, every so often, while the layer lives. Any number of processes may: one at a time has the turn.
 * Ends at once, or when the batch under way is on disk; another process takes the turn from there.
 */
export function reconcileLayer(options: PeriodicOptions): Layer.Layer<never, never, Database | EventStore> {
  const lookEveryMs = Math.min(Math.max(options.everyMs / 4, 100), 30_000);
  return Layer.effectDiscard(
    reconcileIfDue(options).pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.failCause(cause)
          : Effect.logWarning("Reconcile failed, will try again", describeFault(Cause.squash(cause))),
      ),
      Effect.repeat(Schedule.spaced(Duration.millis(lookEveryMs))),
      Effect.forkScoped,
    ),
  );
}

type PeriodicFailure = ReconcileFailure | WrongInstance;

/** One run, if it is due and nobody else is at it. Gives what it came to; null if it was not due. */
export function reconcileIfDue({
  everyMs,
  api,
  instanceIds,
}: PeriodicOptions): Effect.Effect<readonly KindSummary[] | null, PeriodicFailure, Database | EventStore> {
  return Effect.gen(function* () {
    const { db } = yield* Database;
    const store = yield* EventStore;
    const turn = yield* takeTurn(db, randomUUID());
    if (turn === null) return null;
    const isFull = turn.fullMs === null || turn.startedMs - turn.fullMs >= FULL_EVERY_MS;
    const run = Effect.gen(function* () {
      const instanceId = yield* checkInstance(db, { api, instanceIds });
      return yield* runOnce(turn, { api, db, store, instanceId, fix: true }, isFull);
    });
    const summaries = yield* Effect.raceFirst(run, keeping(db, turn)).pipe(
      Effect.onError((cause) => {
        const dueInMs = Cause.hasInterruptsOnly(cause) ? 0 : Math.min(everyMs, RETRY_MS_MAX);
        return Effect.ignore(leaveTurn(db, turn, dueInMs));
      }),
    );
    yield* endTurn(db, turn, { isFull, everyMs });
    yield* report(summaries, isFull);
    return summaries;
  });
}

function runOnce(
  { lookedMs, startedMs }: Turn,
  context: Context,
  isFull: boolean,
): Effect.Effect<readonly KindSummary[], ReconcileFailure> {
  const ignore = (): void => undefined;
  return reconcile({
    ...context,
    walks: chooseWalks({ kinds: isFull ? [] : ["user"], sessions: false, billing: false }),
    allowMassDeletion: false,
    sample: null,
    changedSinceMs: isFull ? null : Math.max(0, (lookedMs ?? startedMs) - LOOK_BACK_MS),
    onFound: ignore,
    onMoved: ignore,
    onBegun: ignore,
    onSummary: ignore,
  });
}

/** Never succeeds: keeps the turn, and fails when it is lost. */
function keeping(db: Context["db"], turn: Turn): Effect.Effect<never, ReconcileFailure> {
  const lost = toDatabaseError("keep the turn to reconcile", new Error("another process has taken it"));
  const kept = Effect.flatMap(keepTurn(db, turn), (isOurs) => (isOurs ? Effect.void : Effect.fail(lost)));
  return Effect.forever(Effect.andThen(Effect.sleep(LEASE_MS / 3), kept));
}

/** Counts alone: what differs may be personal. */
function report(summaries: readonly KindSummary[], isFull: boolean): Effect.Effect<void> {
  const kinds = summaries.map(({ kind, notes, ...counts }) => {
    const some = Object.entries(counts).filter(([, count]) => count > 0);
    return { kind, ...Object.fromEntries(some), ...(notes.length === 0 ? {} : { notes }) };
  });
  return summaries.every(isEqual)
    ? Effect.logInfo("Reconciled", { full: isFull, kinds })
    : Effect.logError("Reconciled, and differences stay: see `docket reconcile`", { full: isFull, kinds });
}
