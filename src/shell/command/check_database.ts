import { existsSync } from "node:fs";
import path from "node:path";
import { Effect, Logger, Redacted } from "effect";
import { type Kysely, sql } from "kysely";
import type { AppConfig } from "../app_config.ts";
import { DatabaseError } from "../database/database.ts";
import { migrationStatus } from "../database/migrate.ts";
import { openPgliteDatabase } from "../database/pglite_database.ts";
import { openPostgresDatabase, placeOf } from "../database/postgres_database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { type Check, failure, ok, warning } from "./check.ts";
import { checkClerk } from "./check_clerk.ts";
import { checkContents } from "./check_contents.ts";
import { checkRunning } from "./check_running.ts";

/** A person waits: a database that is not there is said so soon. */
const CONNECT_LIMIT_MS = 3_000;

/** Svix tolerates five minutes; a clock this far off is on its way there. */
const CLOCK_SKEW_MAX_MS = 30_000;

/** Is the database there, new enough and migrated, and does its clock agree with ours? */
export async function checkDatabase(config: AppConfig): Promise<readonly Check[]> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl === undefined && !existsSync(path.join(dataDir, "pglite", "PG_VERSION"))) {
    const advice = "Start Docket, which makes it, or set DATABASE_URL to a PostgreSQL";
    return [
      warning("database", { detail: `no embedded database in "${dataDir}" yet`, advice }),
      ...(await checkClerk(config, null)),
    ];
  }
  const place = databaseUrl === undefined ? `embedded in "${dataDir}"` : placeOf(Redacted.value(databaseUrl));
  const open =
    databaseUrl === undefined
      ? openPgliteDatabase(dataDir)
      : openPostgresDatabase(databaseUrl, { startLimitMs: CONNECT_LIMIT_MS });
  return Effect.runPromise(
    Effect.scoped(Effect.flatMap(open, ({ db }) => inspect(db, place, config))).pipe(
      Effect.catch((error: DatabaseError) => Effect.promise(() => checkWithout(error, config))),
      Effect.provide(Logger.layer([])),
    ),
  );
}

function inspect(
  db: Kysely<DocketDatabase>,
  place: string,
  config: AppConfig,
): Effect.Effect<readonly Check[], DatabaseError> {
  return Effect.gen(function* () {
    const asked = Date.now();
    const { rows } = yield* asking("ask the database for its clock", () =>
      sql<ServerFacts>`select current_setting('server_version') as version,
        (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`.execute(db),
    );
    const halfway = (asked + Date.now()) / 2;
    const all = yield* migrationStatus(db);
    const missing = all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
    const [facts] = rows;
    const found =
      missing.length > 0 ? [] : yield* asking("ask the database for what waits", () => checkContents(db, config));
    return [
      ok("database", `${place}, PostgreSQL ${facts?.version ?? "?"}`),
      checkMigrations(missing),
      checkClock(Math.round((facts?.now_ms ?? halfway) - halfway)),
      ...found,
    ];
  });
}

function asking<T>(what: string, ask: () => Promise<T>): Effect.Effect<T, DatabaseError> {
  return Effect.tryPromise({
    try: ask,
    catch: (cause) => new DatabaseError({ problem: `Cannot ${what}`, retryable: true, code: undefined, cause }),
  });
}

interface ServerFacts {
  readonly version: string;
  readonly now_ms: number;
}

function checkMigrations(missing: readonly string[]): Check {
  if (missing.length === 0) return ok("migrations", "up to date");
  const advice = "Run `docket migrate`, or start Docket, which does it";
  return warning("migrations", { detail: `to be run: ${missing.join(", ")}`, advice });
}

function checkClock(skewMs: number): Check {
  const seconds = Math.abs(skewMs / 1_000).toFixed(1);
  if (Math.abs(skewMs) <= CLOCK_SKEW_MAX_MS) return ok("clock", `${seconds} s apart from the database's`);
  const detail = `${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the database's`;
  return warning("clock", { detail, advice: "Switch on time synchronisation (NTP): signatures are refused at 300 s" });
}

/** What can be said though the database could not be opened here. */
async function checkWithout(error: DatabaseError, config: AppConfig): Promise<readonly Check[]> {
  const running = isLocked(error) ? await checkRunning(config.port) : [];
  return [refused(error), ...running, ...(await checkClerk(config, null))];
}

function refused(error: DatabaseError): Check {
  if (isLocked(error)) {
    const advice = "Look at the endpoint below: the running Docket says whether its database is ready";
    return ok("database", `the embedded database is open in a running Docket. ${advice}`);
  }
  return failure("database", { detail: error.problem, advice: "Do as it says, then run `docket doctor` again" });
}

/** True when another process holds the folder. */
function isLocked({ cause }: DatabaseError): boolean {
  return cause instanceof Error && "code" in cause && String(cause.code).startsWith("SQLITE_BUSY");
}
