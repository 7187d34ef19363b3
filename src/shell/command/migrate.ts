import { Effect, Logger } from "effect";
import { readAppConfig } from "../app_config.ts";
import { Database } from "../database/database.ts";
import { type MigrationStatus, migrateToLatest, migrationStatus } from "../database/migrate.ts";

export interface MigrateCommandOptions {
  /** Only say which migrations have run. */
  readonly status?: boolean;
  readonly json?: boolean;
}

/**
 * `docket migrate`: brings the schema up to date. Gives the exit code: with `status`, 1 if a migration has not run.
 * Rejects with a `SettingError`, `DatabaseError` or `MigrationError`.
 */
export async function migrate({ status = false, json = false }: MigrateCommandOptions): Promise<number> {
  const { DATABASE_URL, DOCKET_DATA_DIR } = process.env;
  // Only what names the database: a deploy step that migrates needs no signing secret.
  const config = await Effect.runPromise(readAppConfig({ DATABASE_URL, DOCKET_DATA_DIR }));
  const program = Effect.gen(function* () {
    const { db } = yield* Database;
    const applied = status ? [] : yield* migrateToLatest(db);
    return { applied, all: yield* migrationStatus(db) };
  });
  const { applied, all } = await Effect.runPromise(
    program.pipe(Effect.provide(Database.layer(config)), Effect.provide(Logger.layer([]))),
  );
  if (json) console.log(JSON.stringify({ applied, migrations: all.map(toJson) }));
  else for (const line of status ? all.map(toLine) : appliedLines(applied, all)) console.log(line);
  return all.every(({ executedAt }) => executedAt !== undefined) ? 0 : 1;
}

function appliedLines(applied: readonly string[], all: readonly MigrationStatus[]): readonly string[] {
  if (applied.length === 0) return [`The schema is up to date (${all.length} migrations)`];
  return [...applied.map((name) => `ran ${name}`), "The schema is up to date"];
}

function toLine({ name, executedAt }: MigrationStatus): string {
  return `${executedAt === undefined ? "to be run" : executedAt.toISOString()}  ${name}`;
}

function toJson({ name, executedAt }: MigrationStatus): Readonly<Record<string, string | null>> {
  return { name, executed_at: executedAt?.toISOString() ?? null };
}
