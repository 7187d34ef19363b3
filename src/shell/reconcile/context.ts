import type { Kysely } from "kysely";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "../clerk/clerk_failure.ts";
import type { DatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { EventStore, StoreError } from "../store/event_store.ts";
import type { Found } from "./discrepancy.ts";

/** What all parts of a comparison work with. */
export interface Context {
  readonly api: ClerkApi;
  readonly db: Kysely<DocketDatabase>;
  readonly store: EventStore["Service"];
  /** The instance that the key is of, and whose rows are compared. */
  readonly instanceId: string;
  /** Mend what is found, through the reducers alone. */
  readonly fix: boolean;
}

export type ReconcileFailure = ClerkFailure | ClerkNotFound | DatabaseError | StoreError;

/** What a look at some entities came to. */
export interface Looked {
  readonly compared: number;
  readonly found: readonly Found[];
  /** Rows that are newer than the answer. */
  readonly ahead: number;
}

export function together(all: readonly Looked[]): Looked {
  return {
    compared: all.reduce((sum, { compared }) => sum + compared, 0),
    found: all.flatMap(({ found }) => found),
    ahead: all.reduce((sum, { ahead }) => sum + ahead, 0),
  };
}
