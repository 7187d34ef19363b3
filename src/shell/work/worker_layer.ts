import { Effect, Layer } from "effect";
import { Database } from "../database/database.ts";
import { describeFault } from "../store/fault.ts";
import type { Doorbell } from "./doorbell.ts";
import { Worker, type WorkerOptions } from "./worker.ts";
import type { WorkerNews } from "./worker_news.ts";

export interface WorkerLayerOptions extends Omit<WorkerOptions, "report" | "isAlone"> {
  readonly doorbell: Doorbell;
  /** How long jobs under way may go on once we are told to stop. @default 4_000 */
  readonly graceMs?: number;
}

/** Jobs under way get this long: with the queue before it and the database after it, a stop fits in 30 seconds. */
const GRACE_MS = 4_000;

/** Runs jobs while the layer lives. At its end what is under way may finish, and what does not is given back. */
export function workerLayer({
  doorbell,
  graceMs = GRACE_MS,
  ...options
}: WorkerLayerOptions): Layer.Layer<never, never, Database> {
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const { db, flavor } = yield* Database;
      const services = yield* Effect.context<never>();
      const fork = Effect.runForkWith(services);
      const report = (news: WorkerNews): void => void fork(log(news));
      const start = Effect.sync(() => {
        // The embedded database has one process, so what was under way in it died with the last one.
        const worker = new Worker(db, { ...options, report, services, isAlone: flavor === "pglite" });
        doorbell.listen(() => worker.ring());
        worker.start();
        return worker;
      });
      yield* Effect.acquireRelease(start, (worker) =>
        Effect.promise(() => worker.stop(graceMs)).pipe(Effect.andThen(Effect.logInfo("Worker stopped"))),
      );
    }),
  );
}

/** Ids and names. What a handler threw may repeat its payload: it is with the job, and erased with it. */
function log(news: WorkerNews): Effect.Effect<void> {
  switch (news._tag) {
    case "JobFailed": {
      const { key: jobKey, policy, handler, attempt, ref, svixId } = news.job;
      const { outcome } = news;
      const about = { svixId, jobKey, policy, handler, attempt, kind: ref.kind, id: ref.id };
      return outcome._tag === "Dead"
        ? Effect.logError("Job dead-lettered: see `docket jobs show`", about)
        : Effect.logWarning("Job failed, will try again: see `docket jobs show`", about);
    }
    case "JobsLost":
      return Effect.logWarning("Jobs taken back from a process that ended without a word", { jobs: news.jobs });
    case "BreakerOpened":
      return Effect.logError("Breaker opened: the target fails, and its jobs wait", { target: news.target });
    case "BreakerClosed":
      return Effect.logInfo("Breaker closed: the target answers again", { target: news.target });
    case "PolicyStopped":
      return Effect.logError("Policy stopped: too many jobs at once. Look, then `docket jobs resume`", {
        policy: news.policy,
      });
    case "WorkFailed":
      return Effect.logError("Worker failed, will try again", describeFault(news.cause));
    default:
      return news satisfies never;
  }
}
