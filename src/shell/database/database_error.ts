import { Data } from "effect";
import { isTransient, sqlState } from "./sql_state.ts";

/** The database could not be opened or asked. Never holds the URL's password, nor a statement's parameters. */
export class DatabaseError extends Data.TaggedError("DatabaseError")<{
  /** What was attempted, what is wrong and what to do, in one line. */
  readonly problem: string;
  /** True if the same attempt may succeed later without anybody changing a setting. */
  readonly retryable: boolean;
  /** SQLSTATE, if the database answered with one. */
  readonly code: string | undefined;
  readonly cause: unknown;
}> {
  override get message(): string {
    return this.problem;
  }
}

/** Wraps what a driver threw while doing `operation`. */
export function toDatabaseError(operation: string, cause: unknown): DatabaseError {
  return new DatabaseError({
    problem: `Cannot ${operation}: ${cause instanceof Error ? cause.message : String(cause)}`,
    retryable: isRetryable(cause),
    code: sqlState(cause),
    cause,
  });
}

/**
 * True unless the database itself refused for a reason that stays: then only a change of setting or data helps. Codes that pass: connection
 * (08), resources (53), operator intervention such as a restart (57), and what `isTransient()` names.
 */
export function isRetryable(cause: unknown): boolean {
  const code = sqlState(cause);
  return code === undefined || /^(08|53|57)/.test(code) || code === "55P03" || isTransient(cause);
}
