import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import type { Breaker } from "./breakers.ts";
import type { Wish } from "./claim_jobs.ts";
import { type FreshSqlOptions, runFreshSqlJobs } from "./fresh_sql_jobs.ts";
import { type Handlers, SQL_HANDLER } from "./resolve_handlers.ts";

const JOBS_PER_RUN = 256;
/** After a function failed or was slow: its jobs are claimed meanwhile, so that their attempts count. */
const PAUSE_MS = 10_000;
/** Longest time in which only fresh jobs are looked for, however many there are. */
const AHEAD_MS = 200;

type FreshOptions = Omit<FreshSqlOptions, "most">;

/** The short way of jobs that call a function in the database: taken while all goes well, and left when something fails. */
export class FreshSql {
  readonly #db: Kysely<DocketDatabase>;
  readonly #options: FreshOptions;
  #pausedUntilMs = 0;
  #othersAtMs = 0;

  constructor(db: Kysely<DocketDatabase>, options: FreshOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Wishes without those for the same handler, unless its jobs that must be claimed have waited long by now. */
  withoutThem(wishes: readonly Wish[]): readonly Wish[] {
    const nowMs = performance.now();
    if (nowMs - this.#othersAtMs < AHEAD_MS) return wishes.filter(({ handler }) => handler !== SQL_HANDLER);
    this.#othersAtMs = nowMs;
    return wishes;
  }

  /** Runs some that are due and gives how many. Does nothing where the handler is another one, or its breaker counts. */
  async run(handlers: Handlers, breakers: readonly Breaker[]): Promise<number> {
    if (handlers.get(SQL_HANDLER)?.run !== null || performance.now() < this.#pausedUntilMs) return 0;
    if (breakers.some(({ target }) => target === SQL_HANDLER)) return 0;
    try {
      return await runFreshSqlJobs(this.#db, { most: JOBS_PER_RUN, ...this.#options });
    } catch {
      // What failed is said by the attempt that comes next, of the job that it is about.
      this.#pausedUntilMs = performance.now() + PAUSE_MS;
      return 0;
    }
  }
}
