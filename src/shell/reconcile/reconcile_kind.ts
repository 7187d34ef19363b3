import { Effect } from "effect";
import type { JsonObject } from "../../core/mod.ts";
import type { Walk } from "../clerk/listing.ts";
import { readId } from "../decode/read.ts";
import { checkEntities } from "./check_entities.ts";
import { checkGone } from "./check_gone.ts";
import type { Context, Looked, ReconcileFailure } from "./context.ts";
import type { Found, KindSummary } from "./discrepancy.ts";
import { eachPage, eachPageOfChangedUsers, type OnPage } from "./listed.ts";
import { databaseNowMs, type LivePage, liveIdsAfter, sampleLive } from "./table_side.ts";

export interface KindOptions extends Context {
  readonly allowMassDeletion: boolean;
  /** So many rows by chance, each asked for alone, instead of all that Clerk lists. */
  readonly sample: number | null;
  /** Users alone: only those changed since, and no deletions. Milliseconds since the Unix epoch. */
  readonly changedSinceMs: number | null;
  /** Told of each difference. */
  readonly onFound: (found: Found) => void;
  /** Told how many are compared so far, of how many; null while nobody knows. */
  readonly onMoved: (done: number, total: number | null) => void;
}

/** Ids remembered of one kind: some 500 MB. */
const SEEN_MAX = 5_000_000;

/** Compares one kind, and mends it if that is wanted. */
export function reconcileKind(walk: Walk, options: KindOptions): Effect.Effect<KindSummary, ReconcileFailure> {
  const { kind } = walk;
  const { db, instanceId, sample, changedSinceMs } = options;
  const tally = new Tally(kind, options);
  return Effect.gen(function* () {
    const startedMs = yield* databaseNowMs(db);
    const onAsked = (entities: number): void => tally.move(entities);
    if (sample !== null) {
      const ids = yield* sampleLive(db, { kind, instanceId, beforeMs: startedMs, size: sample });
      tally.total = ids.length;
      tally.add(yield* checkGone(kind, ids, { ...options, live: ids.length, onAsked }));
      return tally.summary();
    }
    const onPage: OnPage = ({ entities, total }) => {
      tally.total ??= total;
      return Effect.map(checkEntities(kind, tally.unseen(entities), options), (looked) => {
        tally.add(looked);
        tally.move(looked.compared);
      });
    };
    if (changedSinceMs !== null) {
      yield* eachPageOfChangedUsers(changedSinceMs, options, onPage);
      return tally.summary();
    }
    yield* eachPage(walk, options, onPage);
    if (tally.isFull()) return tally.summary([`Over ${SEEN_MAX} of them: deletions were not looked for`]);
    const { unlisted, live } = yield* unlistedOf(tally, { ...options, kind, beforeMs: startedMs });
    tally.total = tally.done + unlisted.length;
    tally.add(yield* checkGone(kind, unlisted, { ...options, live, onAsked }));
    return tally.summary();
  });
}

interface Unlisted {
  readonly unlisted: readonly string[];
  /** How many rows they are of. */
  readonly live: number;
}

function unlistedOf(
  tally: Tally,
  { db, kind, instanceId, beforeMs }: Context & { readonly kind: Walk["kind"]; readonly beforeMs: number },
): Effect.Effect<Unlisted, ReconcileFailure> {
  return Effect.gen(function* () {
    const unlisted: string[] = [];
    let live = 0;
    for (let after: string | null = ""; after !== null; ) {
      const page: LivePage = yield* liveIdsAfter(db, { kind, instanceId, beforeMs, after });
      live += page.ids.length;
      unlisted.push(...page.ids.filter((id) => !tally.hasSeen(id)));
      after = page.next;
    }
    return { unlisted, live };
  });
}

/** What was met so far of one kind. */
class Tally {
  total: number | null = null;
  done = 0;
  readonly #kind: Walk["kind"];
  readonly #options: Pick<KindOptions, "onFound" | "onMoved">;
  readonly #seen = new Set<string>();
  readonly #counts = { missing: 0, extra: 0, different: 0, deleted: 0 };
  readonly #notes: string[] = [];
  #compared = 0;
  #fixed = 0;
  #ahead = 0;

  constructor(kind: Walk["kind"], options: Pick<KindOptions, "onFound" | "onMoved">) {
    this.#kind = kind;
    this.#options = options;
  }

  /** Those that were not on an earlier page. */
  unseen(entities: readonly JsonObject[]): readonly JsonObject[] {
    return entities.filter((entity) => {
      const id = readId(entity, "id") ?? "";
      if (this.#seen.has(id)) return false;
      if (!this.isFull()) this.#seen.add(id);
      return true;
    });
  }

  hasSeen(id: string): boolean {
    return this.#seen.has(id);
  }

  isFull(): boolean {
    return this.#seen.size >= SEEN_MAX;
  }

  add({ compared, found, ahead, notes = [] }: Looked & { readonly notes?: readonly string[] }): void {
    this.#compared += compared;
    this.#ahead += ahead;
    this.#notes.push(...notes);
    for (const it of found) {
      this.#counts[it.is] += 1;
      if (it.outcome === "fixed") this.#fixed += 1;
      this.#options.onFound(it);
    }
  }

  move(entities: number): void {
    this.done += entities;
    this.#options.onMoved(this.done, this.total);
  }

  summary(notes: readonly string[] = []): KindSummary {
    return {
      kind: this.#kind,
      compared: this.#compared,
      ...this.#counts,
      fixed: this.#fixed,
      ahead: this.#ahead,
      notes: [...this.#notes, ...notes],
    };
  }
}
