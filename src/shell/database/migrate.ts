import { Data, Effect } from "effect";
import { type Kysely, sql } from "kysely";
import { type Migration, type MigrationInfo, type MigrationResultSet, Migrator } from "kysely/migration";
import { migrations as docketMigrations } from "../../../migrations/mod.ts";
import { type DatabaseError, toDatabaseError } from "./database_error.ts";
import type { DocketDatabase } from "./schema.ts";
import { withConnection } from "./session_dialect.ts";
import { sqlState } from "./sql_state.ts";

/** Longest time for one statement of a migration, and for waiting until another process has migrated. */
const MIGRATION_LIMIT_MS = 10 * 60_000;
/** Our own limit is later than the server's, whose error says more. */
const GRACE_MS = 10_000;
const UNDEFINED_TABLE = "42P01";

/** A migration failed, and with it all that were new: the schema is as it was before. Trying again helps only after a cure. */
export class MigrationError extends Data.TaggedError("MigrationError")<{
  /** Undefined if it failed before the first, or after the last. */
  readonly migration: string | undefined;
  readonly code: string | undefined;
  readonly cause: unknown;
}> {
  override get message(): string {
    const what = this.migration === undefined ? "migrate the database" : `run migration "${this.migration}"`;
    return `Cannot ${what}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`;
  }
}

export interface MigrationStatus {
  readonly name: string;
  /** Undefined: still to be run. */
  readonly executedAt: Date | undefined;
}

export interface MigrateOptions {
  /** @default Docket's own */
  readonly migrations?: Readonly<Record<string, Migration>>;
}

/**
 * Runs the migrations that the database has not seen, all or none, and names them. Processes that start together wait
 * for the first of them.
 */
export function migrateToLatest(
  db: Kysely<DocketDatabase>,
  options: MigrateOptions = {},
): Effect.Effect<readonly string[], MigrationError> {
  return Effect.tryPromise({
    try: () => migrate(db, options),
    catch: (cause) => new MigrationError({ migration: undefined, code: sqlState(cause), cause }),
  }).pipe(Effect.flatMap(readResult), Effect.uninterruptible);
}

/** Every migration that this build knows, in order. */
export function migrationStatus(
  db: Kysely<DocketDatabase>,
  options: MigrateOptions = {},
): Effect.Effect<readonly MigrationStatus[], DatabaseError> {
  return Effect.map(
    Effect.tryPromise({
      try: () => makeMigrator(db, options).getMigrations(),
      catch: (cause) => toDatabaseError("read which migrations have run", cause),
    }),
    (all) => all.map(({ name, executedAt }: MigrationInfo) => ({ name, executedAt })),
  );
}

/** The migrations that this build knows and the database has not seen. One cheap statement, for asking often. */
export function pendingMigrations(
  db: Kysely<DocketDatabase>,
  { migrations = docketMigrations }: MigrateOptions = {},
): Effect.Effect<readonly string[], DatabaseError> {
  const read = Effect.tryPromise({
    try: () => sql<{ readonly name: string }>`select name from docket.kysely_migration`.execute(db),
    catch: (cause) => toDatabaseError("read which migrations have run", cause),
  });
  return read.pipe(
    Effect.map(({ rows }) => new Set(rows.map(({ name }) => name))),
    Effect.catchIf(
      ({ code }) => code === UNDEFINED_TABLE,
      () => Effect.succeed(new Set<string>()),
    ),
    Effect.map((seen) =>
      Object.keys(migrations)
        .filter((name) => !seen.has(name))
        .sort(),
    ),
  );
}

function migrate(db: Kysely<DocketDatabase>, options: MigrateOptions): Promise<MigrationResultSet> {
  return db.connection().execute(async (connection) => {
    await withConnection(connection, async ({ session }) => session.setPatience(MIGRATION_LIMIT_MS + GRACE_MS));
    await setLimits(connection, String(MIGRATION_LIMIT_MS));
    try {
      return await makeMigrator(connection, options).migrateToLatest();
    } finally {
      await sql`reset statement_timeout`.execute(connection).catch(() => undefined);
      await sql`reset lock_timeout`.execute(connection).catch(() => undefined);
      await withConnection(connection, async ({ session }) => session.setPatience());
    }
  });
}

async function setLimits(connection: Kysely<DocketDatabase>, limitMs: string): Promise<void> {
  await sql`select set_config('statement_timeout', ${limitMs}, false), set_config('lock_timeout', ${limitMs}, false)`.execute(
    connection,
  );
}

function makeMigrator(db: Kysely<DocketDatabase>, options: MigrateOptions): Migrator {
  const migrations = options.migrations ?? docketMigrations;
  return new Migrator({
    db,
    migrationTableSchema: "docket",
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
}

function readResult({ error, results = [] }: MigrationResultSet): Effect.Effect<readonly string[], MigrationError> {
  if (error === undefined) return Effect.succeed(results.map((result) => result.migrationName));
  const failed = results.find((result) => result.status === "Error");
  return Effect.fail(new MigrationError({ migration: failed?.migrationName, code: sqlState(error), cause: error }));
}
