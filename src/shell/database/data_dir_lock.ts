import { Database as Sqlite } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Effect } from "effect";
import { DatabaseError } from "./database_error.ts";

/**
 * Holds the folder for this process until the function it gives is called. The embedded database has no lock of its
 * own, and two processes on one folder destroy it. The kernel lets go when the process dies, however it dies.
 */
export function lockDataDir(dataDir: string): Effect.Effect<() => void, DatabaseError> {
  return Effect.try({
    try: () => {
      const sqlite = openLock(dataDir);
      return () => sqlite.close();
    },
    catch: toLockError,
  });
}

function openLock(dataDir: string): Sqlite {
  mkdirSync(dataDir, { recursive: true });
  const sqlite = new Sqlite(join(dataDir, "docket.lock"), { create: true });
  try {
    sqlite.run("pragma busy_timeout = 0");
    sqlite.run("pragma journal_mode = memory");
    sqlite.run("begin exclusive");
    // Takes the lock on the file for certain: a folder that cannot be written shows here.
    sqlite.run("create table if not exists held (by_docket)");
    return sqlite;
  } catch (cause) {
    sqlite.close();
    throw cause;
  }
}

/** Names the setting and not the folder: settings' values stay out of messages. */
function toLockError(cause: unknown): DatabaseError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return new DatabaseError({
    problem: code.startsWith("SQLITE_BUSY")
      ? "Cannot open the folder of DOCKET_DATA_DIR: another Docket process uses it; stop that process, or set DATABASE_URL so that several can share a PostgreSQL"
      : `Cannot write to the folder of DOCKET_DATA_DIR (${code || "unknown"}): make it writable, or set another, or DATABASE_URL`,
    retryable: false,
    code: undefined,
    cause,
  });
}
