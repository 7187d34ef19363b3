import { SessionLostError, SessionsBusyError } from "../database/session.ts";
import { isMessageFault, isTransient, keyTaken, sqlState } from "../database/sql_state.ts";
import { LedgerRace } from "./ledger_race.ts";

/**
 * What a failed batch says of its messages.
 *
 * - `race`: nothing; the same transaction, run again, is expected to succeed.
 * - `away`: nothing; the database, or its schema, is not there. All of them come again.
 * - `message`: one of them can never be recorded. It is quarantined.
 * - `unknown`: one of them may be to blame. It alone is refused, and comes again.
 */
export type Blame = "race" | "away" | "message" | "unknown";

/** SQLSTATE classes of a database that is away, full, stopping, not migrated or locked. */
const AWAY = /^(08|25|28|3D|3F|42|53|55|57P|58|XX)/;
/** Cardinality and program limits: like data and integrity, they come again with the message. */
const REPEATS = /^(21|54)/;

/** What is inserted as new was not there when the transaction looked: another process was first. */
const RACED_KEYS = ["head_pkey", "message_pkey"];

/** Reads the blame off a failure. */
export function blameOf(cause: unknown): Blame {
  if (cause instanceof LedgerRace || isTransient(cause)) return "race";
  if (RACED_KEYS.includes(keyTaken(cause) ?? "")) return "race";
  if (isMessageFault(cause)) return "message";
  if (cause instanceof SessionLostError || cause instanceof SessionsBusyError) return "away";
  const code = sqlState(cause);
  if (code !== undefined) {
    if (REPEATS.test(code)) return "message";
    return AWAY.test(code) ? "away" : "unknown";
  }
  // No code of the database's: a fault of our own that comes again with the message, or a connection that failed.
  return cause instanceof TypeError || cause instanceof RangeError ? "message" : "away";
}

/** The reason as it is kept with the message: never the database's own sentence, which could repeat personal data. */
export function faultOf(cause: unknown): string {
  const code = sqlState(cause);
  if (code !== undefined) return `the database can't hold it: SQLSTATE ${code}`;
  return `it can't be written: ${cause instanceof Error ? cause.name : "unknown fault"}`;
}

/** A failure for the log: with the error's own sentence only where that can't repeat what people entered. */
export function describeFault(cause: unknown): Readonly<Record<string, string>> {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  const code = sqlState(inner);
  const blame = blameOf(inner);
  const sentence = inner instanceof Error ? inner.message : "unknown cause";
  if (code === undefined) return { blame, error: sentence };
  return blame === "away" || blame === "race" ? { blame, code, error: sentence } : { blame, code };
}

/** Frames that a log line shows of a defect. */
const FRAMES_MAX = 8;

/** A defect for the log: its kind and where, without its sentence, which could repeat what a request said. */
export function describeDefect(defect: unknown): Readonly<Record<string, string | readonly string[]>> {
  if (!(defect instanceof Error)) return { defect: typeof defect };
  const frames = (defect.stack ?? "").split("\n").map((line) => line.trim());
  return { defect: defect.name, at: frames.filter((line) => line.startsWith("at ")).slice(0, FRAMES_MAX) };
}
