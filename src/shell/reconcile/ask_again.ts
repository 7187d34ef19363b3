import { Effect } from "effect";
import type { EntityRef, JsonObject } from "../../core/mod.ts";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "../clerk/clerk_failure.ts";
import { type EntityAnswer, getEntity } from "../clerk/get_entity.ts";
import { listPage } from "../clerk/list_page.ts";
import type { Listing } from "../clerk/listing.ts";
import type { ObservableKind } from "../clerk/observation.ts";
import { patiently } from "../clerk/patiently.ts";
import { readId } from "../decode/read.ts";

export interface Asked {
  readonly kind: ObservableKind;
  readonly id: string;
  readonly parents: readonly EntityRef[];
}

type Failure = ClerkFailure | ClerkNotFound;

/**
 * Asks Clerk for one entity alone: whether it is there at all. What Clerk only lists is looked for in the shortest list
 * that must have it, to the end; that list's parent being gone says that it is gone too.
 */
export function askAgain(api: ClerkApi, { kind, id, parents }: Asked): Effect.Effect<EntityAnswer, Failure> {
  const single = patiently(getEntity(api, { kind, id }, parents));
  return Effect.flatMap(single, (answer) => {
    if (answer._tag !== "CannotAsk") return Effect.succeed(answer);
    const listing = listOf(kind, parents);
    return listing === null ? Effect.succeed(answer) : findIn(api, listing, id);
  });
}

function listOf(kind: ObservableKind, parents: readonly EntityRef[]): Listing | null {
  switch (kind) {
    case "organization_membership":
      return childList(kind, parents, "user");
    case "organization_domain":
      return childList(kind, parents, "organization");
    case "waitlist_entry":
      return { kind, parent: null };
    default:
      return null;
  }
}

function childList(kind: ObservableKind, parents: readonly EntityRef[], of: EntityRef["kind"]): Listing | null {
  const parent = parents.find((it) => it.kind === of);
  return parent === undefined ? null : { kind, parent: parent.id };
}

function findIn(api: ClerkApi, listing: Listing, id: string): Effect.Effect<EntityAnswer, Failure> {
  return Effect.gen(function* () {
    for (let position: string | null = null; ; ) {
      const page: { readonly entities: readonly JsonObject[]; readonly next: string | null } = yield* patiently(
        listPage(api, listing, { position }),
      );
      const found = page.entities.find((entity) => readId(entity, "id") === id);
      if (found !== undefined) return { _tag: "Found", data: found } as const;
      if (page.next === null) return { _tag: "Missing" } as const;
      position = page.next;
    }
  }).pipe(
    // The instance's own list is never missing: then something else is wrong.
    Effect.catchTag("ClerkNotFound", (error) =>
      listing.parent === null ? Effect.fail(error) : Effect.succeed<EntityAnswer>({ _tag: "Missing" }),
    ),
  );
}
