import { existsSync } from "node:fs";
import path from "node:path";
import { Effect, Logger } from "effect";
import type { Kysely } from "kysely";
import type { Policy } from "../../core/mod.ts";
import { type AppConfig, readAppConfig } from "../app_config.ts";
import { loadConfig } from "../config/load_config.ts";
import { Database, type DatabaseFlavor } from "../database/database.ts";
import { migrationStatus } from "../database/migrate.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { UsageError } from "./usage_error.ts";

/** What a command that reads the database for itself works with. */
export interface OpenLog {
  readonly db: Kysely<DocketDatabase>;
  readonly flavor: DatabaseFlavor;
  readonly settings: Pick<AppConfig, "onDelete" | "instanceIds" | "clerkSecretKey" | "clerkApiUrl">;
  /** As the config has them. */
  readonly policies: readonly Policy[];
}

export interface OpenLogOptions {
  /** Instead of `DOCKET_CONFIG`. */
  readonly config?: string | undefined;
}

/** Those that matter here: no signing secret is needed, in production neither. */
const SETTINGS = [
  "DATABASE_URL",
  "DOCKET_DATA_DIR",
  "DOCKET_ON_DELETE",
  "DOCKET_INSTANCE_IDS",
  "CLERK_SECRET_KEY",
  "CLERK_API_URL",
];

/**
 * Opens the database of the settings and the config, for `use` alone. It must be there and migrated: a command that
 * only looks makes nothing. Rejects with a {@link UsageError}, a `SettingError` or a `DatabaseError`.
 */
export async function withLog<T>({ config }: OpenLogOptions, use: (log: OpenLog) => Promise<T>): Promise<T> {
  const environment = Object.fromEntries(SETTINGS.map((name) => [name, process.env[name]]));
  const settings = await Effect.runPromise(readAppConfig(environment));
  const { policies } = await Effect.runPromise(loadConfig({ DOCKET_CONFIG: config ?? process.env["DOCKET_CONFIG"] }));
  const { databaseUrl, dataDir } = settings;
  if (databaseUrl === undefined && !existsSync(path.join(dataDir, "pglite", "PG_VERSION"))) {
    throw new UsageError(
      `No embedded database in "${path.resolve(dataDir)}" yet: start Docket, which makes it, or set DATABASE_URL`,
    );
  }
  const program = Effect.gen(function* () {
    const { db, flavor } = yield* Database;
    const missing = (yield* migrationStatus(db)).filter(({ executedAt }) => executedAt === undefined);
    if (missing.length > 0) {
      const names = missing.map(({ name }) => name).join(", ");
      return yield* Effect.fail(
        new UsageError(`The schema is not up to date (to be run: ${names}): run \`docket migrate\` first`),
      );
    }
    return yield* Effect.tryPromise({ try: () => use({ db, flavor, settings, policies }), catch: (cause) => cause });
  });
  return Effect.runPromise(program.pipe(Effect.provide(Database.layer(settings)), Effect.provide(Logger.layer([]))));
}
