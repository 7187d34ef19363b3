import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";

/** What those who wait in other processes listen to. It says no more than that something was recorded. */
export const CHANNEL = "docket_recorded";

/** Until when, in seconds of the database's clock, somebody waits. */
const WAITED_FOR_UNTIL = "waited_for_until";
/** Between two notifications: whoever waits is woken this much later at most, and one wakes all. */
const GAP_MS = 20;

/** Notes, for the processes that record, that somebody waits from now for so long. */
export async function noteWaiting(db: Kysely<DocketDatabase>, seconds: number): Promise<void> {
  await sql`
    insert into docket.setting as s (key, value)
    values (${WAITED_FOR_UNTIL}, (extract(epoch from clock_timestamp()) + ${seconds}::int)::text)
    on conflict (key) do update set value = excluded.value
    where s.value::numeric < excluded.value::numeric`.execute(db);
}

/**
 * Tells those who wait in other processes that something was recorded: after the commit, beside it, and only while somebody
 * is known to wait. `NOTIFY` takes a lock of the whole server at commit, which no transaction of the webhooks' may wait
 * for; so it has a transaction of its own, one at a time, at most fifty times a second however much is recorded.
 *
 * What is lost here is found by looking: see `WaitingRoom`.
 */
export class Herald {
  readonly #db: Kysely<DocketDatabase>;
  readonly #onFault: (cause: unknown) => void;
  #hasNews = false;
  #telling: Promise<void> | undefined;

  constructor(db: Kysely<DocketDatabase>, onFault: (cause: unknown) => void) {
    this.#db = db;
    this.#onFault = onFault;
  }

  /** Returns at once. */
  tell(): void {
    this.#hasNews = true;
    this.#telling ??= this.#tellAll();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#telling;
  }

  async #tellAll(): Promise<void> {
    try {
      while (this.#hasNews) {
        this.#hasNews = false;
        await this.#notify().catch(this.#onFault);
        await Bun.sleep(GAP_MS);
      }
    } finally {
      // In the same breath as the last look, or news between the two would be told to nobody.
      this.#telling = undefined;
    }
  }

  async #notify(): Promise<void> {
    await sql`
      select pg_notify(${CHANNEL}, '') from docket.setting
      where key = ${WAITED_FOR_UNTIL} and value::numeric > extract(epoch from clock_timestamp())`.execute(this.#db);
  }
}
