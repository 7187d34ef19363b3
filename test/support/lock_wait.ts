import { sql } from "kysely";
import type { TestDatabase } from "./databases.ts";
import { until } from "./stage.ts";

/** Resolves once some session of this database waits for another one's lock. PostgreSQL only. */
export async function untilLockWait({ db }: TestDatabase): Promise<void> {
  await until("a session waits for a lock", async () => {
    const { rows } = await sql`
      select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    return rows.length > 0;
  });
}
