import { expect, test } from "bun:test";
import { sql } from "kysely";
import { makePgliteKysely } from "../../../src/shell/database/pglite_database.ts";
import { startMigratedPglite } from "../../support/databases.ts";

const LIMIT_MS = 60_000;

test(
  "PGlite: a query beside an open transaction waits for a bounded time, and closing beside one is bounded too",
  async () => {
    const pglite = await startMigratedPglite();
    const { db, close } = makePgliteKysely(pglite, { limits: { acquireLimitMs: 100, closeGraceMs: 100 } });
    const never = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const transaction = db.transaction().execute(async (trx) => {
      await sql`create table docket.half (id int)`.execute(trx);
      // With Kysely's own PGlite dialect this waits for itself for ever.
      await expect(sql`select 1`.execute(db)).rejects.toThrow("all 1 stayed busy for 100 ms");
      began.resolve();
      await never.promise;
    });
    const failed = transaction.catch((cause: unknown) => String(cause));
    await began.promise;
    const startMs = performance.now();
    await close();
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(pglite.closed).toBe(true);
    never.resolve();
    expect(await failed).toContain("The database is closed");
    await expect(sql`select 1`.execute(db)).rejects.toThrow();
  },
  LIMIT_MS,
);
