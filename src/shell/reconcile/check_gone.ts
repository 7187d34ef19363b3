import { Clock, Effect } from "effect";
import type { EntityRef, JsonObject } from "../../core/mod.ts";
import { recordMessages } from "../backfill/record_entities.ts";
import type { ObservableKind } from "../clerk/observation.ts";
import { observedDeletion } from "../clerk/observed_deletion.ts";
import { askAgain } from "./ask_again.ts";
import { checkEntities } from "./check_entities.ts";
import { type Context, type Looked, type ReconcileFailure, together } from "./context.ts";
import { type Discrepancy, type Found, REFUSED } from "./discrepancy.ts";
import { parentsOfRows, rowsOf } from "./table_side.ts";

export interface GoneOptions extends Context {
  /** Delete also so many that it looks like a mistake. */
  readonly allowMassDeletion: boolean;
  /** Live rows that were looked at. */
  readonly live: number;
  readonly onAsked: (entities: number) => void;
}

export interface LookedForGone extends Looked {
  readonly notes: readonly string[];
}

const ASKED_AT_ONCE = 5;
const PAGE = 200;
/** More deletions than both of these at once look like another instance's key, or a list that failed. */
const MASS_ROWS = 20;
const MASS_SHARE = 0.2;

/**
 * Asks Clerk for each of these rows alone. What it does not have is deleted upstream: with `fix` that is recorded as an
 * observed deletion, as of now, unless it is suspiciously much.
 */
export function checkGone(
  kind: ObservableKind,
  ids: readonly string[],
  options: GoneOptions,
): Effect.Effect<LookedForGone, ReconcileFailure> {
  return Effect.gen(function* () {
    const { fix, allowMassDeletion, live, onAsked } = options;
    const looked: Looked[] = [];
    const gone: string[] = [];
    for (let at = 0; at < ids.length; at += PAGE) {
      const page = ids.slice(at, at + PAGE);
      const asked = yield* askAll(kind, page, options);
      gone.push(...asked.gone);
      looked.push(extra(kind, asked.unknown), yield* checkEntities(kind, asked.there, options));
      onAsked(page.length);
      if (fix && !allowMassDeletion && isMass(gone.length, live)) {
        const found = gone.map((id): Found => ({ ...deleted(kind, id), outcome: "left" }));
        const all = together([...looked, { compared: gone.length, found, ahead: 0 }]);
        return { ...all, notes: [refusal(gone.length, live)] };
      }
    }
    looked.push(yield* bury(kind, gone, options));
    return { ...together(looked), notes: [] };
  });
}

function isMass(gone: number, live: number): boolean {
  return gone > MASS_ROWS && gone > live * MASS_SHARE;
}

function refusal(gone: number, live: number): string {
  return `${REFUSED} to delete: Clerk does not have ${gone} or more of ${live} live rows, which may be a mistake. If they are really gone, repeat it with --allow-mass-deletion`;
}

interface AskedAll {
  readonly gone: readonly string[];
  readonly there: readonly JsonObject[];
  /** Those that Clerk can't be asked for. */
  readonly unknown: readonly string[];
}

function askAll(
  kind: ObservableKind,
  ids: readonly string[],
  { api, db }: Context,
): Effect.Effect<AskedAll, ReconcileFailure> {
  return Effect.gen(function* () {
    const parents: ReadonlyMap<string, readonly EntityRef[]> = yield* parentsOfRows(db, kind, ids);
    const ask = (id: string) =>
      Effect.map(askAgain(api, { kind, id, parents: parents.get(id) ?? [] }), (answer) => ({ id, answer }));
    const asked = yield* Effect.forEach(ids, ask, { concurrency: ASKED_AT_ONCE });
    return {
      gone: asked.filter(({ answer }) => answer._tag === "Missing").map(({ id }) => id),
      there: asked.flatMap(({ answer }) => (answer._tag === "Found" ? [answer.data] : [])),
      unknown: asked.filter(({ answer }) => answer._tag === "CannotAsk").map(({ id }) => id),
    };
  });
}

function bury(
  kind: ObservableKind,
  ids: readonly string[],
  { db, store, instanceId, fix }: Context,
): Effect.Effect<Looked, ReconcileFailure> {
  return Effect.gen(function* () {
    if (ids.length === 0 || !fix) {
      const found = ids.map((id): Found => ({ ...deleted(kind, id), outcome: "found" }));
      return { compared: ids.length, found, ahead: 0 };
    }
    const receivedAtMs = yield* Clock.currentTimeMillis;
    yield* recordMessages(
      ids.map((id) => observedDeletion({ kind, id }, { receivedAtMs, instanceId })),
      store,
    );
    const rows = yield* rowsOf(db, kind, ids);
    const found = ids.map((id): Found => {
      const isLive = (rows.get(id)?.["deleted_at"] ?? null) === null;
      return { ...deleted(kind, id), outcome: isLive ? "left" : "fixed" };
    });
    return { compared: ids.length, found, ahead: 0 };
  });
}

function deleted(kind: ObservableKind, id: string): Discrepancy {
  return { is: "deleted", kind, id, fields: [], hopeless: null };
}

const UNKNOWN = "Clerk's list does not have it, and Clerk can't be asked for it alone";

function extra(kind: ObservableKind, ids: readonly string[]): Looked {
  const found = ids.map((id): Found => ({ is: "extra", kind, id, fields: [], hopeless: UNKNOWN, outcome: "found" }));
  return { compared: ids.length, found, ahead: 0 };
}
