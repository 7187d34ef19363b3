import { Effect } from "effect";
import { ClerkForbidden, ClerkNotFound, ClerkRefusal } from "../clerk/clerk_failure.ts";
import type { Walk } from "../clerk/listing.ts";
import type { ReconcileFailure } from "./context.ts";
import { type KindSummary, REFUSED } from "./discrepancy.ts";
import { type KindOptions, reconcileKind } from "./reconcile_kind.ts";

export interface ReconcileOptions extends KindOptions {
  /** Parents before their children. */
  readonly walks: readonly Walk[];
  /** Done after each kind that lost rows: their children are to be gone too before they are compared. @default nothing */
  readonly sweep?: Effect.Effect<void, ReconcileFailure>;
  readonly onBegun: (kind: Walk["kind"]) => void;
  readonly onSummary: (summary: KindSummary) => void;
}

/**
 * Compares Clerk with the tables, kind by kind. Any number of runs at once do no harm: what they record is the same. One
 * kind that Clerk refuses does not keep the others back. Fails when Clerk or the database can't be reached; what was
 * mended by then stays.
 */
export function reconcile(options: ReconcileOptions): Effect.Effect<readonly KindSummary[], ReconcileFailure> {
  const { walks, sweep = Effect.void, onBegun, onSummary } = options;
  return Effect.forEach(walks, (walk) =>
    Effect.gen(function* () {
      onBegun(walk.kind);
      const summary = yield* Effect.catch(reconcileKind(walk, options), (error) => leftOut(walk.kind, error));
      if (options.fix && summary.deleted > 0) yield* sweep;
      onSummary(summary);
      return summary;
    }),
  );
}

/** A feature that the instance has not is no failure, and nothing is compared: an empty list would say that all is gone. */
function leftOut(kind: Walk["kind"], error: ReconcileFailure): Effect.Effect<KindSummary, ReconcileFailure> {
  const isRefused = error instanceof ClerkRefusal || error instanceof ClerkForbidden;
  const isOff = error instanceof ClerkNotFound || (isRefused && error.codes.some((it) => it.includes("not_enabled")));
  if (!isOff && !isRefused) return Effect.fail(error);
  const counts = { compared: 0, missing: 0, extra: 0, different: 0, deleted: 0, fixed: 0, ahead: 0 };
  const note = isOff
    ? `Left out, the instance has no such thing (${error.message})`
    : `${REFUSED} by Clerk: ${error.message}`;
  return Effect.succeed({ kind, ...counts, notes: [note] });
}
