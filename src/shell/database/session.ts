/** What one statement answered. */
export interface SessionResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows written; undefined for a statement that only reads. */
  readonly affectedRows: number | undefined;
}

/**
 * One connection from its opening to its end. A session that was lost is never used again: a transaction can therefore
 * not go on, half of it missing, on a connection that was quietly opened anew.
 */
export interface Session {
  readonly isLost: boolean;
  /** True if a statement that is run again is not parsed again, nor planned unless the session is told to. */
  readonly keepsPlans: boolean;
  /** Rejects, within the session's limits, when the connection is lost. */
  query(sql: string, parameters: readonly unknown[]): Promise<SessionResult>;
  /** Answers whether the transaction was really committed; PostgreSQL turns the commit of a failed one into a rollback. */
  commit(): Promise<boolean>;
  /** Longest time that a statement may take from now on. Back to the usual limit without an argument. */
  setPatience(limitMs?: number): void;
  /** Ends the connection, whatever it is doing. Bounded; never rejects. */
  close(): Promise<void>;
}

/** The connection was gone, or nothing was heard from it for too long. Whether a commit in flight went through is unknown. */
export class SessionLostError extends Error {
  override readonly name = "SessionLostError";
}

/** All connections stayed busy for too long, or too many callers were waiting for one. */
export class SessionsBusyError extends Error {
  override readonly name = "SessionsBusyError";
}

/** The promise's outcome, or a rejection with `late()` when it takes more than `limitMs`. */
export async function within<T>(
  promise: Promise<T>,
  limitMs: number,
  options: { readonly late: () => Error },
): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(options.late()), limitMs);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
