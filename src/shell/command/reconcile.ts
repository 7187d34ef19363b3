import { Effect } from "effect";
import { chooseWalks } from "../backfill/backfill.ts";
import { checkInstance } from "../clerk/check_instance.ts";
import { withSince } from "../config/policy_since.ts";
import { toDatabaseError } from "../database/database.ts";
import type { ReconcileFailure } from "../reconcile/context.ts";
import { isEqual } from "../reconcile/discrepancy.ts";
import { reconcile as runReconcile } from "../reconcile/reconcile.ts";
import { EventStore } from "../store/event_store.ts";
import { sweepPage } from "../store/sweeper.ts";
import { printHint } from "./list_page.ts";
import { type OpenLog, withLog } from "./open_log.ts";
import { listedKind, patientApi } from "./patient_api.ts";
import { jsonReporter, textReporter } from "./reconcile_report.ts";
import { storeLayer } from "./store_layer.ts";
import { untilStopped } from "./until_stopped.ts";

export interface ReconcileCommandOptions {
  readonly fix?: boolean;
  /** Rows of each kind. @default all */
  readonly sample?: number;
  readonly allowMassDeletion?: boolean;
  readonly sessions?: boolean;
  readonly billing?: boolean;
  /** Differences shown. @default 100; with `json` all */
  readonly limit?: number;
  readonly config?: string;
  readonly json?: boolean;
}

/**
 * `docket reconcile`: compares Clerk with the tables, and with `fix` makes the tables what Clerk says. Gives the exit code:
 * 1 if they differ in the end, 130 if it was told to stop. Rejects as `withLog` does, when Clerk or the database can't be
 * reached, and when the key is of another instance than the tables: there every row would seem deleted.
 */
export async function reconcile(kinds: readonly string[], options: ReconcileCommandOptions): Promise<number> {
  const { fix = false, sample = null, allowMassDeletion = false, sessions = false, billing = false } = options;
  const walks = chooseWalks({ kinds: kinds.map(listedKind), sessions, billing });
  return withLog({ config: options.config }, async (log) => {
    const { db } = log;
    const { instanceIds } = log.settings;
    const api = patientApi(log);
    const { json = false, limit = json ? Number.POSITIVE_INFINITY : 100 } = options;
    const reporter = json ? jsonReporter(limit) : textReporter(limit, fix);
    const sweep = await sweeping(log);
    const program = Effect.gen(function* () {
      const instanceId = yield* checkInstance(db, { api, instanceIds });
      const store = yield* EventStore;
      const context = { api, db, store, instanceId, fix };
      const how = { allowMassDeletion, sample, changedSinceMs: null, sweep };
      return yield* runReconcile({ ...reporter, ...context, ...how, walks });
    });
    const summaries = await untilStopped(Effect.provide(program, await storeLayer(log))).finally(reporter.end);
    if (summaries === "stopped") {
      printHint(`Stopped.${fix ? " What was mended is kept." : ""}`);
      return 130;
    }
    reporter.total(summaries);
    return summaries.every(isEqual) ? 0 : 1;
  });
}

/** Pages of chores; there are far fewer after any one kind. */
const SWEEPS_MAX = 100_000;

/** Ends what is left of deleted parents' children, as a worker would: there may be none running. */
async function sweeping({ db, settings, policies }: OpenLog): Promise<Effect.Effect<void, ReconcileFailure>> {
  const how = { onDelete: settings.onDelete, policies: await withSince(db, policies) };
  return Effect.gen(function* () {
    for (let page = 0; page < SWEEPS_MAX; page += 1) {
      const swept = yield* Effect.tryPromise({
        try: () => sweepPage(db, how),
        catch: (cause) => toDatabaseError("end the children of what is gone", cause),
      });
      if (!swept) return;
    }
  });
}
