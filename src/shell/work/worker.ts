import { Context } from "effect";
import type { Kysely } from "kysely";
import type { Policy } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { EndedAttempt } from "../signals/ended_attempt.ts";
import { Bell } from "./bell.ts";
import { type Breaker, readBreakers } from "./breakers.ts";
import { type ClaimedJob, claimJobs, noneIfRaced, type ParkedJob, type Wish } from "./claim_jobs.ts";
import { FreshSql } from "./fresh_sql.ts";
import { gate, wishesOf } from "./gate.ts";
import { takeBackLost } from "./leases.ts";
import { dropExpiredContents, readContents } from "./message_content.ts";
import { databaseNow, type Now } from "./now.ts";
import { type AskFor, considerParked } from "./parked.ts";
import { limitsOf, type PolicyLimit, stopPolicies } from "./policy_limits.ts";
import type { Handlers } from "./resolve_handlers.ts";
import { Runner } from "./runner.ts";
import { unknownWishes } from "./unknown_handlers.ts";
import type { Report } from "./worker_news.ts";

export interface WorkerOptions {
  readonly handlers: Handlers;
  readonly policies: readonly Policy[];
  /** Asks Clerk for an entity that jobs wait for. Null: nobody can be asked. @default null */
  readonly askFor?: AskFor | null;
  readonly report?: Report;
  /** Called when the ends of attempts are written down, for counting. Must not throw. @default nobody counts */
  readonly onEnded?: (attempts: readonly EndedAttempt[]) => void;
  /** What handlers' Effects run with. @default nothing but Effect's own */
  readonly services?: Context.Context<never>;
  /** Nobody else runs jobs: what was under way at the start is nobody's. @default false */
  readonly isAlone?: boolean;
  /** How long a job is ours without another word. @default 10_000 */
  readonly leaseMs?: number;
  /** Between two looks when there is nothing to do. @default 500 */
  readonly pollMs?: number;
  /** @default the database's clock */
  readonly now?: Now;
}

const LEASE_MS = 10_000;
const POLL_MS = 500;
/** After the database failed. */
const PAUSE_MS = 1_000;
const CHORES_EVERY_MS = 5_000;
const BREAKERS_EVERY_MS = 200;
const UNKNOWN_EVERY_MS = 1_000;
/** For writing down, at the end, what was given back. */
const LAST_WORD_MS = 1_000;
const GIVEN_BACK = { _tag: "Released", delayMs: 0, waiting: null } as const;

/** Takes due jobs and runs them, as many at once as their handlers allow. Any number of workers may share a database. */
export class Worker {
  readonly #db: Kysely<DocketDatabase>;
  readonly #options: WorkerOptions;
  readonly #now: Now;
  readonly #leaseMs: number;
  readonly #limits: readonly PolicyLimit[];
  readonly #report: Report;
  readonly #bell = new Bell();
  readonly #runner: Runner;
  readonly #freshSql: FreshSql;
  #breakers: readonly Breaker[] = [];
  #breakersAtMs = Number.NEGATIVE_INFINITY;
  #unknown: readonly Wish[] = [];
  #unknownAtMs = Number.NEGATIVE_INFINITY;
  /** Handlers whose jobs the last look took as far as there was room. */
  #full: ReadonlySet<string> = new Set();
  #isDraining = false;
  #isStopping = false;
  #loop: Promise<void> | undefined;
  #considering: Promise<void> | undefined;
  #choresAtMs = Number.NEGATIVE_INFINITY;

  constructor(db: Kysely<DocketDatabase>, options: WorkerOptions) {
    this.#db = db;
    this.#options = options;
    this.#now = options.now ?? databaseNow;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#limits = limitsOf(options.policies);
    this.#report = options.report ?? (() => undefined);
    const { services, onEnded } = options;
    this.#freshSql = new FreshSql(db, { limits: this.#limits, now: this.#now, services, onEnded });
    this.#runner = new Runner(db, {
      handlers: options.handlers,
      leaseMs: this.#leaseMs,
      now: this.#now,
      report: this.#report,
      services: options.services ?? Context.empty(),
      onEnded: (jobs) => this.#lookAfter(jobs),
      onWritten: options.onEnded ?? (() => undefined),
      watched: () => new Set(this.#breakers.map(({ target }) => target)),
    });
  }

  /** Looks for work at once rather than at the next poll. */
  ring(): void {
    this.#bell.ring();
  }

  start(): void {
    this.#loop ??= this.#work();
  }

  /** Begins nothing more; lets what is under way go on for so long, then aborts it and gives it back. Never rejects. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#bell.ring();
    await Promise.race([this.#loop, Bun.sleep(graceMs)]);
    const renewal = setInterval(() => void this.#runner.renew(), this.#leaseMs / 3);
    await this.#quiet(graceMs);
    clearInterval(renewal);
    this.#runner.abort();
    await this.#quiet(LAST_WORD_MS);
    const closing = [...this.#options.handlers.values()].map(async ({ close }) => close());
    await Promise.race([Promise.allSettled([...closing, this.#considering]), Bun.sleep(LAST_WORD_MS)]);
  }

  /** Runs what is due until nothing is, and is under way no more. For scripts and tests: rejects if the database fails. */
  async runDue(): Promise<void> {
    this.#isDraining = true;
    for (;;) {
      // What ends while we look may have made others due.
      const wasIdle = this.#runner.isIdle && this.#considering === undefined;
      if ((await this.#begin()) > 0) continue;
      if (wasIdle && this.#considering === undefined) return;
      await this.#bell.sleep(POLL_MS);
    }
  }

  async #work(): Promise<void> {
    const { isAlone = false, pollMs = POLL_MS } = this.#options;
    const renewal = setInterval(() => void this.#runner.renew(), this.#leaseMs / 3);
    let all = isAlone;
    while (!this.#isStopping) {
      try {
        await this.#doChores(all);
        all = false;
        await this.#begin();
        // With room left there is no more for now; without, what ends says when there is.
        await this.#bell.sleep(pollMs);
      } catch (cause) {
        this.#report({ _tag: "WorkFailed", cause });
        if (!this.#isStopping) await this.#bell.sleep(PAUSE_MS);
      }
    }
    clearInterval(renewal);
  }

  /** Takes what is due, and begins it or puts it off. Gives how many jobs. */
  async #begin(): Promise<number> {
    const { handlers } = this.#options;
    await this.#readState();
    await this.#stopPolicies();
    const wanted = [...wishesOf(handlers, this.#runner.slots, this.#breakers), ...this.#unknown];
    const fresh = await this.#freshSql.run(handlers, this.#breakers);
    // There may be more of them; those that must be claimed are looked for when there are none.
    if (fresh > 0) this.#bell.ring();
    const wishes = fresh > 0 ? this.#freshSql.withoutThem(wanted) : wanted;
    const options = { wishes, run: Bun.randomUUIDv7(), leaseMs: this.#leaseMs, now: this.#now };
    const { claimed, parked } = await claimJobs(this.#db, options).catch(noneIfRaced);
    this.#runner.take(claimed);
    if (parked.length > 0) this.#considering ??= this.#consider(parked);
    this.#full = fullOf(wishes, claimed);
    // Those put off have kept others of their handler from being taken.
    if (parked.length > 0) this.#bell.ring();
    if (claimed.length > 0) await this.#let(claimed);
    return claimed.length + parked.length + fresh;
  }

  async #stopPolicies(): Promise<readonly string[]> {
    const stopped = await stopPolicies(this.#db, this.#limits, this.#now);
    for (const policy of stopped) this.#report({ _tag: "PolicyStopped", policy });
    return stopped;
  }

  /** Breakers and strange handlers change seldom; each look for jobs need not ask for them. */
  async #readState(): Promise<void> {
    const nowMs = performance.now();
    if (this.#isDraining || nowMs - this.#breakersAtMs > BREAKERS_EVERY_MS) {
      this.#breakersAtMs = nowMs;
      this.#breakers = await readBreakers(this.#db, this.#now);
    }
    if (this.#isDraining || nowMs - this.#unknownAtMs > UNKNOWN_EVERY_MS) {
      this.#unknownAtMs = nowMs;
      this.#unknown = await unknownWishes(this.#db, this.#options.handlers, this.#now);
    }
  }

  /** Looks again where what ended has made room, or was in the way of others. */
  #lookAfter(jobs: readonly ClaimedJob[]): void {
    const isFull = jobs.some(({ handler }) => this.#full.has(handler));
    const isInTheWay = jobs.some(({ handler }) => this.#options.handlers.get(handler)?.ordered === true);
    if (isFull || isInTheWay || this.#isDraining || this.#isStopping) this.#bell.ring();
  }

  async #let(claimed: readonly ClaimedJob[]): Promise<void> {
    const { handlers } = this.#options;
    try {
      const contents = await readContents(this.#db, claimed);
      // What was planned between the look at the policies and the claim was not counted.
      const stopped = new Set(await this.#stopPolicies());
      const held = claimed.filter(({ policy }) => stopped.has(policy));
      for (const job of held) this.#runner.end({ job, target: job.handler, outcome: GIVEN_BACK });
      const free = claimed.filter((job) => !held.includes(job));
      const gated = await gate(this.#db, free, { handlers, breakers: this.#breakers, now: this.#now });
      for (const result of gated.released) this.#runner.end(result);
      this.#runner.begin(gated.through, contents);
    } catch (cause) {
      for (const job of claimed) this.#runner.end({ job, target: job.handler, outcome: GIVEN_BACK });
      throw cause;
    }
  }

  /** Beside the others' work: Clerk may take its time. */
  async #consider(parked: readonly ParkedJob[]): Promise<void> {
    try {
      await considerParked(this.#db, parked, { askFor: this.#options.askFor ?? null, now: this.#now });
    } catch (cause) {
      this.#report({ _tag: "WorkFailed", cause });
    }
    this.#considering = undefined;
    this.#bell.ring();
  }

  async #doChores(all: boolean): Promise<void> {
    if (performance.now() - this.#choresAtMs < CHORES_EVERY_MS) return;
    const jobs = await takeBackLost(this.#db, { now: this.#now, all });
    if (jobs > 0) this.#report({ _tag: "JobsLost", jobs });
    await dropExpiredContents(this.#db);
    this.#choresAtMs = performance.now();
  }

  /** Resolves when nothing is under way, or after so long. */
  async #quiet(limitMs: number): Promise<void> {
    const endMs = performance.now() + limitMs;
    while (!this.#runner.isIdle && performance.now() < endMs) await this.#bell.sleep(50);
  }
}

/** Handlers that got as many jobs as there was room for: they may have more. */
function fullOf(wishes: readonly Wish[], claimed: readonly ClaimedJob[]): ReadonlySet<string> {
  const got = Map.groupBy(claimed, ({ handler }) => handler);
  return new Set(
    wishes.filter(({ handler, most }) => (got.get(handler)?.length ?? 0) >= most).map(({ handler }) => handler),
  );
}
