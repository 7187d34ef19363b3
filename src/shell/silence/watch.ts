import { Clock, Data, Effect } from "effect";
import { type Kysely, sql } from "kysely";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { describeFault } from "../store/fault.ts";
import { msOf } from "../store/sql.ts";
import { acceptedInstances, instanceProblem } from "./accepted_instance.ts";
import { decideQuiet } from "./decide_quiet.ts";
import { type BehindClerk, describeFindings, type SilenceFinding } from "./finding.ts";
import { newestChanges } from "./newest_change.ts";
import { learnSome, readRhythms } from "./rhythm_store.ts";
import { type SilenceState, takeLook, writeVerdict } from "./silence_state.ts";
import { isUnheard } from "./unheard.ts";

export interface WatchOptions {
  /** An alarm comes within this time after a change at Clerk that no webhook told of. */
  readonly afterMs: number;
  /** Null: Clerk can't be asked. */
  readonly api: ClerkApi | null;
  /** Those accepted; empty: the first one seen. */
  readonly instanceIds: readonly string[];
  /** Whether there is a hook to be told. */
  readonly isHooked: boolean;
}

/** The database refused or could not be reached. The next look tries again. */
export class WatchError extends Data.TaggedError("WatchError")<{ readonly cause: unknown }> {
  override get message(): string {
    return `Cannot watch for silence: ${JSON.stringify(describeFault(this.cause))}`;
  }
}

const LOOK_MS_MAX = 60_000;
const GRACE_MS_MAX = 300_000;
/** Parts of the log learned from in one look: a week and more. A new watch on an old log takes some looks. */
const LESSONS_MAX = 200;

/** Time between two looks. */
export function lookEveryMs({ afterMs }: Pick<WatchOptions, "afterMs">): number {
  return Math.min(LOOK_MS_MAX, afterMs / 4);
}

/** How long a webhook may be on its way: with the time between two looks well within `afterMs`. */
export function graceMsOf({ afterMs }: Pick<WatchOptions, "afterMs">): number {
  return Math.min(GRACE_MS_MAX, afterMs / 2);
}

/** Asks the database; what is begun is ended, so that no statement is left behind when the watch stops. */
export function asking<T>(ask: () => Promise<T>): Effect.Effect<T, WatchError> {
  return Effect.uninterruptible(Effect.tryPromise({ try: ask, catch: (cause) => new WatchError({ cause }) }));
}

/**
 * One look at the source, if it is due and no other process has it: learns from the log what is new, asks Clerk, keeps
 * the verdict, and logs when it changes.
 */
export function look(db: Kysely<DocketDatabase>, options: WatchOptions): Effect.Effect<void, WatchError> {
  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis;
    const state = yield* asking(() => takeLook(db, nowMs, lookEveryMs(options)));
    if (state === null) return;
    const quiet = yield* findQuiet(db, { state, nowMs, afterMs: options.afterMs });
    const { findings: behind, pending, clerkError } = yield* findBehind(db, { ...options, state, nowMs });
    const findings = [...behind, ...quiet];
    const { isHooked } = options;
    const edge = yield* asking(() => writeVerdict(db, { atMs: nowMs, findings, pending, clerkError, isHooked }));
    if (clerkError !== null && clerkError !== state.clerkError) {
      yield* Effect.logWarning("Clerk cannot be asked for its newest change", { error: clerkError });
    }
    if (edge === "silent") {
      yield* Effect.logError("Clerk's webhooks are silent: see `docket doctor`", { why: describeFindings(findings) });
    }
    if (edge === "heard") yield* Effect.logInfo("Clerk's webhooks come again");
  });
}

interface Looking {
  readonly state: SilenceState;
  readonly nowMs: number;
  readonly afterMs: number;
}

function findQuiet(
  db: Kysely<DocketDatabase>,
  { state, nowMs, afterMs }: Looking,
): Effect.Effect<readonly SilenceFinding[], WatchError> {
  return Effect.gen(function* () {
    for (let lessons = 0; lessons < LESSONS_MAX; lessons += 1) {
      if (!(yield* asking(() => learnSome(db, nowMs)))) continue;
      const rhythms = yield* asking(() => readRhythms(db, nowMs - afterMs));
      return decideQuiet(rhythms, { nowMs, afterMs, listeningSinceMs: state.listeningSinceMs });
    }
    return state.findings.filter(({ _tag }) => _tag === "Quiet");
  });
}

interface Behind {
  readonly findings: readonly BehindClerk[];
  readonly pending: readonly BehindClerk[];
  readonly clerkError: string | null;
}

/**
 * Of each kind the first change is kept that nobody told of, until it is told: while Clerk goes on changing, its newest
 * change is always too new to be missed.
 */
function findBehind(
  db: Kysely<DocketDatabase>,
  { state, nowMs, api, ...options }: Looking & WatchOptions,
): Effect.Effect<Behind, WatchError> {
  return Effect.gen(function* () {
    const graceMs = graceMsOf(options);
    const { newest, clerkError } = yield* askNewest(db, { api, ...options });
    const baselineMs = yield* asking(() => listenableSinceMs(db, state));
    const pending: BehindClerk[] = [];
    for (const change of [...state.pending, ...newest]) {
      if (change.atMs < baselineMs || pending.some(({ kind }) => kind === change.kind)) continue;
      if (yield* asking(() => isUnheard(db, change, graceMs))) pending.push(change);
    }
    const findings = pending.filter(({ atMs }) => nowMs - Math.max(atMs, state.listeningSinceMs) > graceMs);
    return { findings, pending, clerkError };
  });
}

interface Asked {
  readonly newest: readonly BehindClerk[];
  readonly clerkError: string | null;
}

function askNewest(
  db: Kysely<DocketDatabase>,
  { api, instanceIds }: Pick<WatchOptions, "api" | "instanceIds">,
): Effect.Effect<Asked, WatchError> {
  if (api === null) return Effect.succeed({ newest: [], clerkError: null });
  return Effect.gen(function* () {
    const own = yield* api.instanceId;
    const problem = instanceProblem(own, yield* asking(() => acceptedInstances(db, instanceIds)));
    if (problem !== null) return { newest: [], clerkError: problem };
    return { newest: yield* newestChanges(api), clerkError: null };
  }).pipe(
    Effect.catchIf(
      (error) => !(error instanceof WatchError),
      ({ message }) => Effect.succeed<Asked>({ newest: [], clerkError: message }),
    ),
  ) as Effect.Effect<Asked, WatchError>;
}

/** What changed at Clerk before the first webhook, or the first look, nobody could tell. */
async function listenableSinceMs(db: Kysely<DocketDatabase>, { watchedSinceMs }: SilenceState): Promise<number> {
  const { rows } = await sql<{ atMs: number }>`
    select ${msOf("first_at")} as "atMs" from docket.source_rhythm where type = ''`.execute(db);
  return Math.min(watchedSinceMs, rows[0]?.atMs ?? watchedSinceMs);
}
