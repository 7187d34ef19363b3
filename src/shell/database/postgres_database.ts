import { Effect, Redacted, Schedule, type Scope } from "effect";
import { Kysely, sql } from "kysely";
import { DatabaseError, isRetryable } from "./database_error.ts";
import { PostgresSession, type PostgresSessionLimits, SESSION_LIMITS } from "./postgres_session.ts";
import type { DocketDatabase } from "./schema.ts";
import { type OpenKysely, SessionDialect } from "./session_dialect.ts";
import { SessionPool, type SessionPoolOptions } from "./session_pool.ts";
import { sqlState } from "./sql_state.ts";

export type PostgresLimits = PostgresSessionLimits & Omit<SessionPoolOptions, "open">;

const LIMITS: PostgresLimits = {
  ...SESSION_LIMITS,
  sessionsMax: 10,
  acquireLimitMs: 10_000,
  waitersMax: 10_000,
  idleLimitMs: 60_000,
  // So that a moved server is noticed, and prepared statements do not pile up.
  lifetimeLimitMs: 30 * 60_000,
  closeGraceMs: 5_000,
};

const VERSION_MIN = 140_000;
/** A database may come up after us: how long the start waits for it. */
const START_LIMIT_MS = 30_000;

export interface OpenPostgresOptions {
  /** @default 30_000 */
  readonly startLimitMs?: number;
}

/** Opens a pool on PostgreSQL 14 or newer, waiting a while for a server that is still starting. */
export function openPostgresDatabase(
  url: Redacted.Redacted<string>,
  options: OpenPostgresOptions = {},
): Effect.Effect<Kysely<DocketDatabase>, DatabaseError, Scope.Scope> {
  return Effect.gen(function* () {
    const place = placeOf(Redacted.value(url));
    const open = Effect.sync(() => makePostgresKysely(url));
    const { db } = yield* Effect.acquireRelease(open, ({ close }) => Effect.promise(close));
    yield* checkVersion(db, place).pipe(
      Effect.tapError((error) =>
        error.retryable ? Effect.logWarning("Database not reachable yet", { problem: error.problem }) : Effect.void,
      ),
      Effect.retry({
        while: (error) => error.retryable,
        schedule: Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("3 seconds")]).pipe(
          Schedule.upTo({ duration: options.startLimitMs ?? START_LIMIT_MS }),
        ),
      }),
    );
    return db;
  });
}

/** Kysely over a pool that connects when it is first asked. */
export function makePostgresKysely(
  url: Redacted.Redacted<string>,
  options: { readonly limits?: Partial<PostgresLimits> } = {},
): OpenKysely {
  const limits = { ...LIMITS, ...options.limits };
  const pool = new SessionPool({
    ...limits,
    open: (onLost) => new PostgresSession(Redacted.value(url), { limits, onLost }),
  });
  return { db: new Kysely<DocketDatabase>({ dialect: new SessionDialect(pool) }), close: () => pool.close() };
}

function checkVersion(db: Kysely<DocketDatabase>, place: string): Effect.Effect<void, DatabaseError> {
  const ask = Effect.tryPromise({
    try: () =>
      sql<ServerVersion>`select current_setting('server_version_num')::int as number,
      current_setting('server_version') as name`.execute(db),
    catch: (cause) => toConnectError(place, cause),
  });
  return Effect.flatMap(ask, ({ rows: [version] }) =>
    version !== undefined && version.number >= VERSION_MIN ? Effect.void : Effect.fail(tooOld(place, version?.name)),
  );
}

interface ServerVersion {
  readonly number: number;
  readonly name: string;
}

function tooOld(place: string, version: string | undefined): DatabaseError {
  return new DatabaseError({
    problem: `Cannot use the database ${place}: it is PostgreSQL ${version ?? "of an unknown version"}; Docket needs 14 or newer`,
    retryable: false,
    code: undefined,
    cause: undefined,
  });
}

function toConnectError(place: string, cause: unknown): DatabaseError {
  const retryable = isRetryable(cause);
  const detail = cause instanceof Error ? cause.message || cause.name : String(cause);
  const remedy = retryable ? "check that it runs and that DATABASE_URL names it" : "check DATABASE_URL";
  return new DatabaseError({
    problem: `Cannot connect to the database ${place}: ${detail}; ${remedy}`,
    retryable,
    code: sqlState(cause),
    cause,
  });
}

/** `host:port/database`: all of the URL that may be shown. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${searchParams.get("host") ?? (hostname || "localhost")}:${port || "5432"}${pathname}`;
}
