import { Effect, Redacted, Schedule, type Scope } from "effect";
import { Kysely, sql } from "kysely";
import { DatabaseError, isRetryable } from "./database_error.ts";
import { PostgresSession, type PostgresSessionLimits, SESSION_LIMITS } from "./postgres_session.ts";
import type { DocketDatabase } from "./schema.ts";
import { type OpenKysely, type ScopedKysely, SessionDialect } from "./session_dialect.ts";
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
/** Others lack some of the characters that people's names are made of. */
const ENCODING = "UTF8";
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
): Effect.Effect<ScopedKysely, DatabaseError, Scope.Scope> {
  return Effect.gen(function* () {
    const place = placeOf(Redacted.value(url));
    const open = Effect.sync(() => makePostgresKysely(url));
    const { db, poolUse } = yield* Effect.acquireRelease(open, ({ close }) => Effect.promise(close));
    yield* checkServer(db, place).pipe(
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
    return { db, poolUse };
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
  const db = new Kysely<DocketDatabase>({ dialect: new SessionDialect(pool) });
  return { db, close: () => pool.close(), poolUse: () => pool.use };
}

function checkServer(db: Kysely<DocketDatabase>, place: string): Effect.Effect<void, DatabaseError> {
  const ask = Effect.tryPromise({
    try: () =>
      sql<Server>`select current_setting('server_version_num')::int as number,
      current_setting('server_version') as version, current_setting('server_encoding') as encoding`.execute(db),
    catch: (cause) => toConnectError(place, cause),
  });
  return Effect.flatMap(ask, ({ rows: [server] }) => {
    if (server === undefined || server.number < VERSION_MIN) {
      const version = server?.version ?? "of an unknown version";
      return Effect.fail(unusable(place, `it is PostgreSQL ${version}; Docket needs 14 or newer`));
    }
    if (server.encoding === ENCODING) return Effect.void;
    const remedy = "create another with encoding 'UTF8' template template0";
    return Effect.fail(unusable(place, `its encoding is ${server.encoding}; Docket needs ${ENCODING}: ${remedy}`));
  });
}

interface Server {
  readonly number: number;
  readonly version: string;
  readonly encoding: string;
}

function unusable(place: string, detail: string): DatabaseError {
  const problem = `Cannot use the database ${place}: ${detail}`;
  return new DatabaseError({ problem, retryable: false, code: undefined, cause: undefined });
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

/**
 * `host:port/database`: all of the URL that may be shown. Nothing of one that holds an `@` after its host: there, what
 * look like host, port and database may be pieces of a password.
 */
export function placeOf(url: string): string {
  const { hostname, port, pathname, search, hash, searchParams } = new URL(url);
  if (`${pathname}${search}${hash}`.includes("@")) return "of DATABASE_URL";
  return `${searchParams.get("host") ?? (hostname || "localhost")}:${port || "5432"}${pathname}`;
}
