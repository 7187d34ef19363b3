import { Context } from "effect";
import type { Kysely } from "kysely";
import type { JsonObject } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { isMessageFault } from "../database/sql_state.ts";
import type { EndedAttempt } from "../signals/ended_attempt.ts";
import { CurrentTracing, type Tracing } from "../telemetry/tracing.ts";
import { backoffMs } from "./backoff.ts";
import { noteTargets } from "./breakers.ts";
import type { ClaimedJob } from "./claim_jobs.ts";
import type { AimedJob } from "./gate.ts";
import { renewLeases } from "./leases.ts";
import { payloadFor } from "./message_content.ts";
import type { Now } from "./now.ts";
import { type Handlers, SQL_HANDLER } from "./resolve_handlers.ts";
import { runJob } from "./run_job.ts";
import { type Outcome, settleJobs } from "./settle_jobs.ts";
import { Slots } from "./slots.ts";
import { runSqlJobs } from "./sql_jobs.ts";
import { type AimedResult, newsOf } from "./target_news.ts";
import type { Report } from "./worker_news.ts";

export interface RunnerOptions {
  readonly handlers: Handlers;
  readonly leaseMs: number;
  readonly now: Now;
  readonly report: Report;
  readonly services: Context.Context<never>;
  /** Called when these jobs have ended and were written down: there is room for others. */
  readonly onEnded: (jobs: readonly ClaimedJob[]) => void;
  /** Called with the ends of attempts that were written down. */
  readonly onWritten: (attempts: readonly EndedAttempt[]) => void;
  /** Targets whose breaker is open or counting, as last read. */
  readonly watched: () => ReadonlySet<string>;
}

const RESULTS_PER_BATCH = 500;
/** After the database failed. */
const PAUSE_MS = 1_000;
/** Looks at a job whose handler nobody here knows, before it is dead-lettered: more than a day of them. */
const UNKNOWN_LOOKS_MAX = 40;

/**
 * The jobs under way in this process, from their claim until what they did is written down: in batches, of whatever
 * ended while the last one was written. One that can't be written down is still under way, and keeps its lease.
 */
export class Runner {
  readonly #db: Kysely<DocketDatabase>;
  readonly #options: RunnerOptions;
  readonly #tracing: Tracing | null;
  readonly #slots = new Slots();
  readonly #running = new Set<ClaimedJob>();
  readonly #results: AimedResult[] = [];
  readonly #stopping = new AbortController();
  #isFlushing = false;

  constructor(db: Kysely<DocketDatabase>, options: RunnerOptions) {
    this.#db = db;
    this.#options = options;
    this.#tracing = Context.get(options.services, CurrentTracing);
  }

  get slots(): Slots {
    return this.#slots;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Counts claimed jobs as under way here. */
  take(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) {
      this.#running.add(job);
      this.#slots.take(job.handler, (this.#options.handlers.get(job.handler)?.rate ?? null) !== null);
    }
  }

  /** Begins jobs that were taken; `contents` is what messages say, by their id. */
  begin(jobs: readonly AimedJob[], contents: ReadonlyMap<string, JsonObject>): void {
    const isSql = ({ job }: AimedJob): boolean =>
      job.handler === SQL_HANDLER && this.#options.handlers.get(SQL_HANDLER)?.run === null;
    const inSql = jobs.filter(isSql);
    if (inSql.length > 0) void this.#runInSql(inSql);
    for (const aimed of jobs) {
      if (!isSql(aimed)) void this.#run(aimed, contents);
    }
  }

  /** Writes down, with others, what became of a job that was taken. */
  end(result: AimedResult): void {
    const { job, outcome } = result;
    if (outcome._tag === "Failed" || outcome._tag === "Dead") this.#options.report({ _tag: "JobFailed", job, outcome });
    this.#results.push(result);
    if (!this.#isFlushing) void this.#flush();
  }

  /** Aborts what is under way: it is given back. */
  abort(): void {
    this.#stopping.abort(new Error("the service is stopping"));
  }

  /** Says that what is under way still is. Never rejects. */
  async renew(): Promise<void> {
    const { leaseMs, now, report } = this.#options;
    await renewLeases(this.#db, [...this.#running], { leaseMs, now }).catch((cause: unknown) =>
      report({ _tag: "WorkFailed", cause }),
    );
  }

  async #run({ job, target }: AimedJob, contents: ReadonlyMap<string, JsonObject>): Promise<void> {
    const { handlers, services } = this.#options;
    const handler = handlers.get(job.handler);
    const trace = this.#tracing?.attempt(job) ?? null;
    const outcome =
      handler === undefined || handler.run === null
        ? unknown(job)
        : await runJob(
            job,
            { ...handler, run: handler.run },
            {
              payload: payloadFor(job, contents),
              stopping: this.#stopping.signal,
              services: trace?.within(services) ?? services,
            },
          );
    trace?.end(outcome);
    this.end({ job, target, outcome });
  }

  async #runInSql(aimed: readonly AimedJob[]): Promise<void> {
    const jobs = aimed.map(({ job }) => job);
    const traces = new Map(jobs.map((job) => [job, this.#tracing?.attempt(job)]));
    const attemptsMax = this.#options.handlers.get(SQL_HANDLER)?.attemptsMax ?? 1;
    const outcomes = await runSqlJobs(this.#db, jobs, { now: this.#options.now, attemptsMax });
    for (const { job, target } of aimed) {
      const outcome = outcomes.get(job);
      traces.get(job)?.end(outcome ?? { _tag: "Done" });
      if (outcome !== undefined) this.end({ job, target, outcome });
      // It is written down already; that its target answers again is not.
      else if (this.#options.watched().has(target)) this.end({ job, target, outcome: { _tag: "Done" } });
      else {
        this.#options.onWritten([endedOf(job, "done")]);
        this.#leave(job);
      }
    }
    this.#options.onEnded(jobs);
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    while (this.#results.length > 0) {
      const batch = this.#results.slice(0, RESULTS_PER_BATCH);
      try {
        await this.#settle(batch);
      } catch (cause) {
        this.#options.report({ _tag: "WorkFailed", cause });
        // What was not written down by then is found by its lease, and run again under the same key.
        if (this.#stopping.signal.aborted) break;
        // One that can't be written must not keep the others from it.
        if (isMessageFault(cause)) this.#results.splice(0, batch.length, ...batch.map(plainly));
        await Bun.sleep(PAUSE_MS);
        continue;
      }
      this.#results.splice(0, batch.length);
      this.#options.onWritten(batch.flatMap(attemptOf));
      for (const { job } of batch) this.#leave(job);
      this.#options.onEnded(batch.map(({ job }) => job));
    }
    this.#isFlushing = false;
  }

  async #settle(batch: readonly AimedResult[]): Promise<void> {
    const { now, report, watched } = this.#options;
    const news = newsOf(batch, watched());
    const { opened, closed } = await this.#db.transaction().execute(async (tx) => {
      await settleJobs(tx, batch, now);
      return noteTargets(tx, news, now);
    });
    for (const target of opened) report({ _tag: "BreakerOpened", target });
    for (const target of closed) report({ _tag: "BreakerClosed", target });
  }

  #leave(job: ClaimedJob): void {
    this.#running.delete(job);
    this.#slots.give(job.handler);
  }
}

function attemptOf({ job, outcome }: AimedResult): readonly EndedAttempt[] {
  switch (outcome._tag) {
    case "Done":
      return [endedOf(job, "done")];
    case "Failed":
      return [endedOf(job, "failed")];
    case "Dead":
      return [endedOf(job, "dead")];
    case "Released":
      return [];
    default:
      return outcome satisfies never;
  }
}

function endedOf({ policy, handler, waitedMs, takenAtMs }: ClaimedJob, outcome: EndedAttempt["outcome"]): EndedAttempt {
  return { policy, handler, outcome, lagMs: waitedMs === null ? null : waitedMs + (performance.now() - takenAtMs) };
}

/** The result in words that any database can hold. */
function plainly(result: AimedResult): AimedResult {
  const { outcome } = result;
  if (outcome._tag !== "Failed" && outcome._tag !== "Dead") return result;
  return { ...result, outcome: { ...outcome, error: "failed, in words that could not be written down" } };
}

/** Another process may know it, as while a new release is rolled out: so this is no fault of its target. */
function unknown({ handler, attempt }: ClaimedJob): Outcome {
  const error = `no handler is named "${handler}": add it to \`handlers\` in docket.config.ts`;
  if (attempt >= UNKNOWN_LOOKS_MAX) return { _tag: "Dead", error, exhausted: false };
  return { _tag: "Failed", error, delayMs: backoffMs(attempt, Math.random()), free: true };
}
