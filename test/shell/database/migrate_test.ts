import { expect, test } from "bun:test";
import { Effect, Redacted } from "effect";
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { migrateToLatest, migrationStatus, pendingMigrations } from "../../../src/shell/database/migrate.ts";
import { makePostgresKysely } from "../../../src/shell/database/postgres_database.ts";
import type { OpenKysely } from "../../../src/shell/database/session_dialect.ts";
import { sharedPostgres } from "../../support/postgres.ts";

const LIMIT_MS = 60_000;
/** Shorter than the migrations here take: theirs is another. */
const STATEMENT_TIMEOUT_MS = 250;

const FIRST: Migration = {
  up: async (db) => {
    await sql`create table docket.first (id int)`.execute(db);
    await sql`select pg_sleep(1)`.execute(db);
  },
};
const SECOND: Migration = { up: async (db) => void (await sql`create table docket.second (id int)`.execute(db)) };
const BROKEN: Migration = { up: async (db) => void (await sql`create table docket.first (id int)`.execute(db)) };

/** Calls `use` with `count` pools on one new database, as that many processes would have. */
async function withPools(count: number, use: (pools: readonly OpenKysely["db"][]) => Promise<void>): Promise<void> {
  const cluster = await sharedPostgres();
  const admin = makePostgresKysely(Redacted.make(cluster.url("postgres")));
  const name = `migrate_${crypto.randomUUID()}`;
  await sql`create database ${sql.id(name)}`.execute(admin.db);
  const limits = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: STATEMENT_TIMEOUT_MS, silenceLimitMs: 500 };
  const pools = Array.from({ length: count }, () => makePostgresKysely(Redacted.make(cluster.url(name)), { limits }));
  try {
    await use(pools.map((pool) => pool.db));
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
    await sql`drop database ${sql.id(name)} with (force)`.execute(admin.db);
    await admin.close();
  }
}

async function tables(db: Kysely<never>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'docket' and tablename not like 'kysely%' order by 1`.execute(db);
  return rows.map((row) => row.name);
}

test(
  "migrateToLatest() runs each migration once when several processes start together, and longer than a query may",
  () =>
    withPools(3, async (pools) => {
      const migrations = { "0001_first": FIRST, "0002_second": SECOND };
      const ran = await Promise.all(pools.map((db) => Effect.runPromise(migrateToLatest(db, { migrations }))));
      expect(ran.toSorted((left, right) => right.length - left.length)).toEqual([
        ["0001_first", "0002_second"],
        [],
        [],
      ]);
      const [db] = pools;
      if (db === undefined) throw new Error("No pool");
      expect(await tables(db as unknown as Kysely<never>)).toEqual(["first", "second"]);
      // The limits of ordinary queries hold again.
      const { rows } = await sql`select current_setting('statement_timeout') as it`.execute(db);
      expect(rows).toEqual([{ it: `${STATEMENT_TIMEOUT_MS}ms` }]);
    }),
  LIMIT_MS,
);

test(
  "migrateToLatest() names the migration that failed, and leaves nothing of the new ones",
  () =>
    withPools(1, async (pools) => {
      const [db] = pools;
      if (db === undefined) throw new Error("No pool");
      const migrations = { "0001_second": SECOND, "0002_first": FIRST, "0003_broken": BROKEN };
      const error = await Effect.runPromise(Effect.flip(migrateToLatest(db, { migrations })));
      expect(error).toMatchObject({ _tag: "MigrationError", migration: "0003_broken", code: "42P07" });
      expect(error.message).toBe('Cannot run migration "0003_broken": relation "first" already exists');
      expect(await tables(db as unknown as Kysely<never>)).toEqual([]);
      const status = await Effect.runPromise(migrationStatus(db, { migrations }));
      expect(status.map((it) => it.executedAt)).toEqual([undefined, undefined, undefined]);
    }),
  LIMIT_MS,
);

test(
  "pendingMigrations() names what is to be run, also in a database that has seen none",
  () =>
    withPools(1, async (pools) => {
      const [db] = pools;
      if (db === undefined) throw new Error("No pool");
      const pending = (migrations: Readonly<Record<string, Migration>>): Promise<readonly string[]> =>
        Effect.runPromise(pendingMigrations(db, { migrations }));
      const first = { "0001_second": SECOND };
      const both = { "0002_other": BROKEN, ...first };
      expect(await pending(both)).toEqual(["0001_second", "0002_other"]);
      await Effect.runPromise(migrateToLatest(db, { migrations: first }));
      expect(await pending(both)).toEqual(["0002_other"]);
      expect(await pending(first)).toEqual([]);
    }),
  LIMIT_MS,
);

test(
  "migrateToLatest() refuses a database that a newer Docket has migrated",
  () =>
    withPools(1, async (pools) => {
      const [db] = pools;
      if (db === undefined) throw new Error("No pool");
      await Effect.runPromise(migrateToLatest(db, { migrations: { "0001_second": SECOND, "0002_first": FIRST } }));
      const error = await Effect.runPromise(
        Effect.flip(migrateToLatest(db, { migrations: { "0001_second": SECOND } })),
      );
      expect(error.message).toContain("0002_first is missing");
    }),
  LIMIT_MS,
);
