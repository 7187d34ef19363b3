import { Clock, Effect } from "effect";
import type { Kysely } from "kysely";
import type { JsonObject } from "../../core/mod.ts";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "../clerk/clerk_failure.ts";
import { listPage, PAGE_LIMIT_MAX } from "../clerk/list_page.ts";
import type { ListParent, Walk } from "../clerk/listing.ts";
import type { Page } from "../clerk/page.ts";
import { patiently } from "../clerk/patiently.ts";
import type { DatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { Answer, EventStore, StoreError } from "../store/event_store.ts";
import { parentPage } from "./parents.ts";
import { recordEntities } from "./record_entities.ts";
import { moveWalk, type TakenOver, type WalkState } from "./walk_state.ts";

export interface WalkOptions {
  readonly api: ClerkApi;
  readonly store: EventStore["Service"];
  readonly db: Kysely<DocketDatabase>;
  /** The instance that the key is of. */
  readonly instanceId: string;
  /** Tells this process apart. */
  readonly run: string;
  /** Rows asked for at a time. @default 500 */
  readonly limit?: number;
  /** Lists walked at once, where each parent has one. @default 5 */
  readonly concurrency?: number;
  /** Told after each page that is on disk. @default nobody is told */
  readonly onMoved?: (state: WalkState) => void;
}

export type WalkFailure = ClerkFailure | ClerkNotFound | DatabaseError | StoreError | TakenOver;

const CONCURRENCY = 5;

/**
 * Walks a kind from where `state` stands to its end: each page is recorded, then the position moves. Killed at any
 * point, the walk goes on at a page that may have been recorded before, which changes nothing.
 */
export function walk(
  { kind, parent }: Walk,
  state: WalkState,
  options: WalkOptions,
): Effect.Effect<WalkState, WalkFailure> {
  return parent === "instance" ? walkInstance(kind, state, options) : walkParents(parent, state, options);
}

/** The next page is on its way while this one is recorded: two are in memory, no more. */
function walkInstance(
  kind: Walk["kind"],
  begun: WalkState,
  options: WalkOptions,
): Effect.Effect<WalkState, WalkFailure> {
  const { api, limit = PAGE_LIMIT_MAX } = options;
  const fetchAt = (position: string | null): Effect.Effect<Page, WalkFailure> =>
    patiently(listPage(api, { kind, parent: null }, { position, limit }));
  const keep = (page: Page, state: WalkState): Effect.Effect<WalkState, WalkFailure> =>
    Effect.gen(function* () {
      const answers = yield* recordEntities(page.entities, { ...options, kind });
      const total = page.total ?? state.total;
      const entities = state.entities + answers.length;
      const moved = { position: page.next, total, entities, done: Math.min(entities, total ?? entities) };
      return yield* moveTo(state, { ...moved, answers }, options);
    });
  return Effect.gen(function* () {
    let state = begun;
    let page = yield* fetchAt(state.position);
    while (page.next !== null) {
      // If that fails, this one is kept first.
      const both = [keep(page, state), Effect.exit(fetchAt(page.next))] as const;
      const [kept, fetched] = yield* Effect.all(both, { concurrency: "unbounded" });
      [state, page] = [kept, yield* fetched];
    }
    return yield* keep(page, state);
  });
}

/** Some parents at a time, whose lists are walked together. */
function walkParents(
  parent: Exclude<ListParent, "instance">,
  begun: WalkState,
  options: WalkOptions,
): Effect.Effect<WalkState, WalkFailure> {
  const { concurrency = CONCURRENCY } = options;
  const { kind } = begun;
  return Effect.gen(function* () {
    let state = begun;
    do {
      const { ids, next, total } = yield* parentPage(parent, { ...options, position: state.position });
      const lists = yield* Effect.forEach(ids, (id) => walkList({ kind, parent: id }, options), { concurrency });
      const rest = yield* recordEntities(
        lists.flatMap((list) => list.rest),
        { ...options, kind },
      );
      const answers = [...lists.flatMap((list) => list.answers), ...rest];
      const done = state.done + ids.length;
      const entities = state.entities + answers.length;
      state = yield* moveTo(state, { position: next, total: total ?? state.total, entities, done, answers }, options);
    } while (state.position !== null);
    return state;
  });
}

interface WalkedList {
  /** Of what is recorded. */
  readonly answers: readonly Answer[];
  /** Its last page, to be recorded with those of others. */
  readonly rest: readonly JsonObject[];
}

/** One parent's list. Empty for a parent that is gone meanwhile. */
function walkList(
  { kind, parent }: { readonly kind: Walk["kind"]; readonly parent: string },
  options: WalkOptions,
): Effect.Effect<WalkedList, WalkFailure> {
  const { api, limit = PAGE_LIMIT_MAX } = options;
  const none: Page = { entities: [], next: null, total: null };
  return Effect.gen(function* () {
    const answers: Answer[] = [];
    for (let position: string | null = null; ; ) {
      const asked = patiently(listPage(api, { kind, parent }, { position, limit }));
      const page: Page = yield* Effect.catchTag(asked, "ClerkNotFound", () => Effect.succeed(none));
      if (page.next === null) return { answers, rest: page.entities };
      answers.push(...(yield* recordEntities(page.entities, { ...options, kind })));
      position = page.next;
    }
  });
}

interface Moved extends Pick<WalkState, "position" | "total" | "entities" | "done"> {
  readonly answers: readonly Answer[];
}

/** Without a next page the walk is finished. */
function moveTo(
  before: WalkState,
  { answers, ...moved }: Moved,
  { db, run, onMoved = () => undefined }: WalkOptions,
): Effect.Effect<WalkState, WalkFailure> {
  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis;
    const state: WalkState = {
      ...before,
      ...moved,
      pages: before.pages + 1,
      answers: added(before.answers, answers),
      finishedAtMs: moved.position === null ? nowMs : null,
    };
    yield* moveWalk(db, state, { run, nowMs });
    onMoved(state);
    return state;
  });
}

function added(counts: WalkState["answers"], answers: readonly Answer[]): WalkState["answers"] {
  const sum: Record<string, number> = { ...counts };
  for (const answer of answers) sum[answer] = (sum[answer] ?? 0) + 1;
  return sum;
}
