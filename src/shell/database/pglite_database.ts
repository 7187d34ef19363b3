import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite, types } from "@electric-sql/pglite";
import { Effect, type Scope } from "effect";
import { Kysely } from "kysely";
import { lockDataDir } from "./data_dir_lock.ts";
import { DatabaseError } from "./database_error.ts";
import { PgliteSession } from "./pglite_session.ts";
import { parseInt8 } from "./postgres_session.ts";
import type { DocketDatabase } from "./schema.ts";
import { type OpenKysely, type ScopedKysely, SessionDialect } from "./session_dialect.ts";
import { SessionPool, type SessionPoolOptions } from "./session_pool.ts";

/** Halves the memory of the embedded database; one process needs no more. */
const START_PARAMS = [...PGlite.defaultStartParams, "-c", "shared_buffers=16MB", "-c", "timezone=UTC"];
export type PgliteLimits = Omit<SessionPoolOptions, "open" | "sessionsMax">;

const LIMITS: PgliteLimits = {
  acquireLimitMs: 10_000,
  waitersMax: 10_000,
  idleLimitMs: undefined,
  lifetimeLimitMs: undefined,
  closeGraceMs: 5_000,
};

/** Opens, and at first makes, the embedded database in `<dataDir>/pglite`. No other process can open it meanwhile. */
export function openPgliteDatabase(dataDir: string): Effect.Effect<ScopedKysely, DatabaseError, Scope.Scope> {
  return Effect.gen(function* () {
    let pglite: PGlite | undefined;
    // A database that did not close in time keeps its lock until the process is gone.
    yield* Effect.acquireRelease(lockDataDir(dataDir), (unlock) =>
      Effect.sync(() => ((pglite?.closed ?? true) ? unlock() : undefined)),
    );
    const start = Effect.tryPromise({
      try: async () => {
        mkdirSync(join(dataDir, "pglite"), { recursive: true });
        pglite = await startPglite({ dataDir: join(dataDir, "pglite") });
        return makePgliteKysely(pglite);
      },
      catch: toOpenError,
    });
    const { db, poolUse } = yield* Effect.acquireRelease(start, ({ close }) => Effect.promise(close));
    return { db, poolUse };
  });
}

/** Starts a PGlite as Docket needs it. Without `dataDir` it lives in memory. */
export function startPglite(options: { readonly dataDir?: string; readonly loadDataDir?: Blob }): Promise<PGlite> {
  return PGlite.create({ ...options, startParams: START_PARAMS, parsers: { [types.INT8]: parseInt8 } });
}

/** Kysely over a started PGlite. `close` closes both: bounded, and never rejects. */
export function makePgliteKysely(
  pglite: PGlite,
  options: { readonly limits?: Partial<PgliteLimits> } = {},
): OpenKysely {
  const session = new PgliteSession(pglite);
  const pool = new SessionPool({ ...LIMITS, ...options.limits, sessionsMax: 1, open: () => session });
  return {
    db: new Kysely<DocketDatabase>({ dialect: new SessionDialect(pool) }),
    // The pool knows no session that was never asked for.
    close: () => pool.close().then(() => session.close()),
    poolUse: () => pool.use,
  };
}

/** Names the setting and not the folder, which the message of a failed system call holds as well: its code says enough. */
function toOpenError(cause: unknown): DatabaseError {
  const isSystem = cause instanceof Error && "code" in cause && "path" in cause;
  const detail = isSystem ? String(cause.code) : cause instanceof Error ? cause.message : String(cause);
  return new DatabaseError({
    problem: `Cannot open the embedded database in the folder of DOCKET_DATA_DIR: ${detail}; restore the folder from a copy, move it away to begin anew, or set DATABASE_URL`,
    retryable: false,
    code: undefined,
    cause,
  });
}
