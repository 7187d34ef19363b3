import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { readSilence } from "../silence/silence_state.ts";
import { countJobs, type JobCounts } from "../stats/count_jobs.ts";

/** How things stand, as last read. */
export interface Standing {
  readonly jobs: JobCounts | null;
  readonly silent: boolean;
}

const EVERY_MS = 1_000;
/** After a reading, at least so many times what it took. */
const REST_FACTOR = 10;

/** How the jobs and the source stand, read anew at most once a second, and less often where that takes long. */
export class Gauges {
  readonly #db: Kysely<DocketDatabase>;
  #last: Standing = { jobs: null, silent: false };
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(db: Kysely<DocketDatabase>) {
    this.#db = db;
  }

  get last(): Standing {
    return this.#last;
  }

  /** Rejects if the database does. */
  async refresh(): Promise<void> {
    const startedMs = performance.now();
    if (startedMs < this.#dueMs) return;
    const jobs = await countJobs(this.#db);
    const silence = await readSilence(this.#db);
    this.#last = { jobs, silent: silence !== null && silence.silentSinceMs !== null };
    const nowMs = performance.now();
    this.#dueMs = nowMs + Math.max(EVERY_MS, REST_FACTOR * (nowMs - startedMs)) - (nowMs - startedMs);
  }
}
