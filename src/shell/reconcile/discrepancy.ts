import type { Json } from "../../core/mod.ts";
import type { ObservableKind } from "../clerk/observation.ts";

/** One field of a row that is not what Clerk says. Its values may be personal: for eyes that asked, never for logs. */
export interface FieldDifference {
  /** A column, or `data.<name>` for what only the payload has. */
  readonly field: string;
  readonly inTable: Json;
  readonly atClerk: Json;
}

/** One entity that the tables have otherwise than Clerk. */
export interface Discrepancy {
  /**
   * `missing`: Clerk has it, the table does not. `different`: both have it, with other fields. `deleted`: the table has it
   * live, and Clerk says that there is none. `extra`: the table has it live, Clerk's list does not, and Clerk can't be
   * asked for it alone.
   */
  readonly is: "missing" | "extra" | "different" | "deleted";
  readonly kind: ObservableKind;
  readonly id: string;
  /** Of a different one. */
  readonly fields: readonly FieldDifference[];
  /** Why what Clerk says now can't mend it; null if it can. */
  readonly hopeless: string | null;
}

/** `found`: nobody tried to mend it. `left`: mending did not help, or was refused. */
export type Found = Discrepancy & { readonly outcome: "found" | "fixed" | "left" };

/** How one kind compares. */
export interface KindSummary {
  readonly kind: ObservableKind;
  /** Entities compared. */
  readonly compared: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  readonly deleted: number;
  /** Of those four together. */
  readonly fixed: number;
  /** Rows that a webhook has made newer than Clerk's answer: no difference. */
  readonly ahead: number;
  /** What else is to be known: a kind that the instance has not, deletions that were refused. */
  readonly notes: readonly string[];
}

/** True when the tables are what Clerk says, as far as was looked. */
export function isEqual({ missing, extra, different, deleted, fixed, notes }: KindSummary): boolean {
  return missing + extra + different + deleted === fixed && notes.every((note) => !note.startsWith(REFUSED));
}

/** How a note begins that says what was not done. */
export const REFUSED = "Refused";
