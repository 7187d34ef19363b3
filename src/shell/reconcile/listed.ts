import { Effect } from "effect";
import type { JsonObject } from "../../core/mod.ts";
import { parentPage } from "../backfill/parents.ts";
import { listPage, PAGE_LIMIT_MAX } from "../clerk/list_page.ts";
import type { Listing, Walk } from "../clerk/listing.ts";
import type { Page } from "../clerk/page.ts";
import { patiently } from "../clerk/patiently.ts";
import { readTimeMs } from "../decode/read.ts";
import type { Context, ReconcileFailure } from "./context.ts";

/** One page of what Clerk has. */
export interface ListedPage {
  readonly entities: readonly JsonObject[];
  /** How many there are in all; null if it is not said. */
  readonly total: number | null;
}

export type OnPage = (page: ListedPage) => Effect.Effect<void, ReconcileFailure>;

const LISTS_AT_ONCE = 5;
const NONE: Page = { entities: [], next: null, total: null };

/** Everything of a kind that Clerk lists, page by page. What two pages share comes twice. */
export function eachPage(
  { kind, parent }: Walk,
  context: Context,
  onPage: OnPage,
): Effect.Effect<void, ReconcileFailure> {
  if (parent === "instance") return eachPageOf({ kind, parent: null }, context, onPage);
  return Effect.gen(function* () {
    for (let position: string | null = null; ; ) {
      const { ids, next }: { readonly ids: readonly string[]; readonly next: string | null } = yield* parentPage(
        parent,
        {
          ...context,
          position,
        },
      );
      yield* Effect.forEach(ids, (id) => eachPageOf({ kind, parent: id }, context, onPage), {
        concurrency: LISTS_AT_ONCE,
        discard: true,
      });
      if (next === null) return;
      position = next;
    }
  });
}

function eachPageOf(listing: Listing, { api }: Context, onPage: OnPage): Effect.Effect<void, ReconcileFailure> {
  return Effect.gen(function* () {
    for (let position: string | null = null; ; ) {
      const asked = patiently(listPage(api, listing, { position, limit: PAGE_LIMIT_MAX }));
      // A parent may be gone by now, and its list with it.
      const page: Page = yield* Effect.catchTag(asked, "ClerkNotFound", (error) =>
        listing.parent === null ? Effect.fail(error) : Effect.succeed(NONE),
      );
      yield* onPage({ entities: page.entities, total: listing.parent === null ? page.total : null });
      if (page.next === null) return;
      position = page.next;
    }
  });
}

/** The users that were changed since then, the last changed first. */
export function eachPageOfChangedUsers(
  sinceMs: number,
  { api }: Context,
  onPage: OnPage,
): Effect.Effect<void, ReconcileFailure> {
  return Effect.gen(function* () {
    for (let position: string | null = null; ; ) {
      const page: Page = yield* patiently(
        listPage(api, { kind: "user", parent: null }, { position, order: "-updated_at", limit: PAGE_LIMIT_MAX }),
      );
      const changed = page.entities.filter((user) => (readTimeMs(user, "updated_at") ?? sinceMs) >= sinceMs);
      yield* onPage({ entities: changed, total: null });
      if (page.next === null || changed.length < page.entities.length) return;
      position = page.next;
    }
  });
}
