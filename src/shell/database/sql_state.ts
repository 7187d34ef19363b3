/** How far down a chain of causes a code is looked for. */
const CAUSE_DEPTH_MAX = 8;

/** PostgreSQL's five-character error code, looked for in the error and its causes. Undefined if the database said none. */
export function sqlState(cause: unknown): string | undefined {
  return errorWithState(cause)?.code;
}

interface StateError extends Readonly<Record<string, unknown>> {
  readonly code: string;
}

function errorWithState(cause: unknown): StateError | undefined {
  let error = cause;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string" && isSqlState(error.code)) return error as StateError;
    error = "cause" in error ? error.cause : undefined;
  }
  return undefined;
}

/** The name of the unique key that a row was refused by, since another has it. */
export function keyTaken(cause: unknown): string | undefined {
  const error = errorWithState(cause);
  if (error?.code !== "23505") return undefined;
  // As postgres.js calls it, and PGlite.
  const name = error["constraint_name"] ?? error["constraint"];
  return typeof name === "string" ? name : undefined;
}

/**
 * True for a fault that is in the message itself and so comes again with it: SQLSTATE class 22 (data) or 23
 * (integrity). Only these quarantine; everything else is ours, and the sender is asked to try again.
 */
export function isMessageFault(cause: unknown): boolean {
  const code = sqlState(cause);
  return code !== undefined && (code.startsWith("22") || code.startsWith("23"));
}

/** True for a deadlock or a serialization failure: the same transaction, run again, is expected to succeed. */
export function isTransient(cause: unknown): boolean {
  const code = sqlState(cause);
  return code === "40001" || code === "40P01";
}

/** Every SQLSTATE has a digit and none begins with E, which tells them from `EPIPE` and `E2BIG`. */
function isSqlState(code: string): boolean {
  return /^(?=.*\d)[0-9A-DF-Z][0-9A-Z]{4}$/.test(code);
}
