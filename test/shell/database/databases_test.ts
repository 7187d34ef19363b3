import { expect, test } from "bun:test";
import { Effect } from "effect";
import { sql } from "kysely";
import { migrateToLatest, migrationStatus } from "../../../src/shell/database/migrate.ts";
import { eachDatabase } from "../../support/databases.ts";

eachDatabase("a test database", (database) => {
  test("is migrated", async () => {
    const { db } = database();
    const status = await Effect.runPromise(migrationStatus(db));
    expect(status.length).toBeGreaterThan(0);
    expect(status.filter((it) => it.executedAt === undefined)).toEqual([]);
    expect(await Effect.runPromise(migrateToLatest(db))).toEqual([]);
  });

  test("is asked in UTC", async () => {
    const { rows } = await sql<{ zone: string }>`select current_setting('TimeZone') as zone`.execute(database().db);
    expect(rows[0]?.zone).toBe("UTC");
  });
});
