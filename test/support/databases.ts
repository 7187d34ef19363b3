import { afterAll, beforeAll, beforeEach, describe } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { Effect, Redacted } from "effect";
import { type Kysely, sql } from "kysely";
import type { DatabaseFlavor } from "../../src/shell/database/database.ts";
import { migrateToLatest } from "../../src/shell/database/migrate.ts";
import { makePgliteKysely, startPglite } from "../../src/shell/database/pglite_database.ts";
import { makePostgresKysely } from "../../src/shell/database/postgres_database.ts";
import type { DocketDatabase } from "../../src/shell/database/schema.ts";
import { onRunEnd } from "./cleanup.ts";
import { sharedPostgres } from "./postgres.ts";
import { temporaryFolder } from "./postgres_binaries.ts";

export const FLAVORS = ["pglite", "postgres"] as const satisfies readonly DatabaseFlavor[];

export interface TestDatabase {
  readonly db: Kysely<DocketDatabase>;
  readonly flavor: DatabaseFlavor;
  /** Undefined for PGlite. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** An empty, migrated database that nobody else has. */
export function openTestDatabase(flavor: DatabaseFlavor): Promise<TestDatabase> {
  return flavor === "pglite" ? openPglite() : openPostgres();
}

/**
 * Declares the tests of `body` once for each flavor, with a database that is emptied before each test. `database()` is
 * for use inside tests and hooks.
 */
export function eachDatabase(name: string, body: (database: () => TestDatabase) => void): void {
  for (const flavor of FLAVORS) {
    describe(`${name} (${flavor})`, () => {
      let opened: TestDatabase | undefined;
      const database = (): TestDatabase => {
        if (opened === undefined) throw new Error("The database is open in tests and hooks only");
        return opened;
      };
      beforeAll(async () => {
        opened = await openTestDatabase(flavor);
      }, OPEN_LIMIT_MS);
      beforeEach(() => resetDatabase(database().db));
      afterAll(() => opened?.close());
      body(database);
    });
  }
}

const OPEN_LIMIT_MS = 60_000;

/** Empties all tables of the schemas `clerk` and `docket`, and begins their sequences anew. */
export async function resetDatabase(db: Kysely<DocketDatabase>): Promise<void> {
  await sql`do $$
    declare name text; filled boolean;
    begin
      for name in select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('clerk', 'docket') and tablename not like 'kysely\\_migration%'
      loop
        execute 'select exists (select from ' || name || ')' into filled;
        if filled then execute 'truncate ' || name || ' restart identity cascade'; end if;
      end loop;
    end $$`.execute(db);
}

/** PGlite never gives memory back, so an instance that is free again is emptied and lent anew. */
const free: TestDatabase[] = [];
let template: Promise<Blob> | undefined;

async function openPglite(): Promise<TestDatabase> {
  const lent = free.pop() ?? (await startTestPglite());
  await resetDatabase(lent.db);
  return lent;
}

/** An empty, migrated PGlite for the caller alone, who closes it. Takes some 250 MB for good: one per need. */
export async function startMigratedPglite(): Promise<PGlite> {
  template ??= makePgliteTemplate();
  return startPglite({ loadDataDir: await template });
}

async function startTestPglite(): Promise<TestDatabase> {
  const { db, close } = makePgliteKysely(await startMigratedPglite());
  onRunEnd(close);
  const database: TestDatabase = {
    db,
    flavor: "pglite",
    url: undefined,
    close: async () => {
      if (!free.includes(database)) free.push(database);
    },
  };
  return database;
}

/** Made in a process of its own: making one takes a gigabyte, which would stay with us. */
async function makePgliteTemplate(): Promise<Blob> {
  const folder = temporaryFolder("docket-pglite-");
  try {
    const file = join(folder, "template.tar");
    const program = join(import.meta.dir, "make_pglite_template.ts");
    const { status, stderr } = spawnSync(process.execPath, [program, file], { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot make the PGlite template: ${stderr}`);
    return new Blob([readFileSync(file)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const TEMPLATE_NAME = "docket_template";
let migrated: Promise<Kysely<DocketDatabase>> | undefined;
let databases = 0;

async function openPostgres(): Promise<TestDatabase> {
  const cluster = await sharedPostgres();
  migrated ??= migrateTemplate();
  const maintenance = await migrated;
  const name = `docket_test_${++databases}`;
  await sql`create database ${sql.id(name)} template ${sql.id(TEMPLATE_NAME)} strategy file_copy`.execute(maintenance);
  const url = cluster.url(name);
  const { db, close } = makePostgresKysely(Redacted.make(url));
  return {
    db,
    flavor: "postgres",
    url,
    close: async () => {
      await close();
      await sql`drop database if exists ${sql.id(name)} with (force)`.execute(maintenance);
    },
  };
}

/** Makes the database that all others are copies of; gives a connection beside it. */
async function migrateTemplate(): Promise<Kysely<DocketDatabase>> {
  const cluster = await sharedPostgres();
  const maintenance = makePostgresKysely(Redacted.make(cluster.url("postgres")));
  onRunEnd(maintenance.close);
  await sql`create database ${sql.id(TEMPLATE_NAME)}`.execute(maintenance.db);
  const { db, close } = makePostgresKysely(Redacted.make(cluster.url(TEMPLATE_NAME)));
  await Effect.runPromise(migrateToLatest(db));
  await close();
  return maintenance.db;
}
