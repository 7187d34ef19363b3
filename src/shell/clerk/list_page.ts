import { Effect } from "effect";
import type { JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { PermanentFailure, TransientFailure } from "../handler/failure.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "./clerk_failure.ts";
import { type Listing, type ListRequest, listRequest, STATEMENTS } from "./listing.ts";
import type { Page } from "./page.ts";
import { pageByOffset } from "./page_by_offset.ts";
import { pageOfUsers } from "./page_of_users.ts";

/** Most that Clerk gives at a time. A greater `limit` is taken for the default of 10 (clerk/clerk-sdk-python#166). */
export const PAGE_LIMIT_MAX = 500;

export interface ListPageOptions {
  /** The `next` of the page before. @default null, the first page */
  readonly position?: string | null;
  /** Rows asked for at a time, 1 to 500. @default 500 */
  readonly limit?: number;
  /** `-updated_at`: the last changed first. For users only; the other lists know no such order. @default oldest first */
  readonly order?: "created_at" | "-updated_at";
}

/**
 * One page of a list, as Clerk's API has the entities: the shape of webhooks, a session without its user. Walked from
 * the first page to the last, whatever changes meanwhile, the pages have everything that was there all the time, at
 * least once. What is created during the walk may be on a page or not. Nothing says what was deleted.
 *
 * Fails as `api.request` does: with `ClerkNotFound` if Clerk knows no such parent, or the instance has no such feature.
 */
export function listPage(
  api: ClerkApi,
  listing: Listing,
  options: ListPageOptions = {},
): Effect.Effect<Page, ClerkFailure | ClerkNotFound> {
  const { order = "created_at", position = null } = options;
  const limit = Math.min(Math.max(1, options.limit ?? PAGE_LIMIT_MAX), PAGE_LIMIT_MAX);
  const request = listRequest(listing);
  if (request === null || (order === "-updated_at" && listing.kind !== "user")) {
    return Effect.fail(new PermanentFailure({ message: `Clerk has no such list of ${listing.kind}` }));
  }
  if (listing.kind === "subscription") return subscriptionPage(api, request);
  if (listing.kind !== "user") return pageByOffset(api, request, { position, limit });
  return order === "created_at"
    ? pageOfUsers(api, { position, limit })
    : pageByOffset(api, { path: request.path, query: { order_by: order } }, { position, limit });
}

/** One page of the billing statements, which have the payment attempts. Only for their ids. */
export function statementPage(
  api: ClerkApi,
  { position = null, limit = PAGE_LIMIT_MAX }: ListPageOptions = {},
): Effect.Effect<Page, ClerkFailure | ClerkNotFound> {
  return pageByOffset(api, STATEMENTS, { position, limit });
}

/** A payer has one subscription, or none. */
function subscriptionPage(api: ClerkApi, { path }: ListRequest): Effect.Effect<Page, ClerkFailure> {
  return api.request("GET", path).pipe(
    Effect.flatMap((answer) =>
      isJsonObject(answer)
        ? Effect.succeed([toWebhookShape(answer)])
        : Effect.fail(new TransientFailure({ message: "Clerk answered no subscription: check CLERK_API_URL" })),
    ),
    Effect.catchTag("ClerkNotFound", () => Effect.succeed([])),
    Effect.map((entities) => ({ entities, next: null, total: entities.length })),
  );
}

/** Webhooks say `items` to what the API calls `subscription_items`. */
function toWebhookShape({ subscription_items: items, ...subscription }: JsonObject): JsonObject {
  return items === undefined ? subscription : { items, ...subscription };
}
