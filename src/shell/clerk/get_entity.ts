import { Effect } from "effect";
import type { EntityRef, JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { TransientFailure } from "../handler/failure.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure } from "./clerk_failure.ts";
import { isClerkId } from "./clerk_id.ts";

/** What Clerk says of one entity. */
export type EntityAnswer =
  | { readonly _tag: "Found"; readonly data: JsonObject }
  /** Clerk says that there is none of this id. */
  | { readonly _tag: "Missing" }
  /** Clerk's API gets no single thing of this kind, or not by what is known of it. */
  | { readonly _tag: "CannotAsk" };

/**
 * Asks Clerk for one entity, in the shape that webhooks have: a session without its user.
 *
 * @param parents Those that are known of it. An invitation is found only in its organization.
 */
export function getEntity(
  api: ClerkApi,
  ref: EntityRef,
  parents: readonly EntityRef[] = [],
): Effect.Effect<EntityAnswer, ClerkFailure> {
  const path = entityPath(ref, parents);
  if (path === null) return Effect.succeed({ _tag: "CannotAsk" });
  return api.request("GET", path).pipe(
    Effect.flatMap(
      (data): Effect.Effect<EntityAnswer, ClerkFailure> =>
        // The id is compared, because Clerk takes an organization's slug in its place.
        isJsonObject(data) && data["id"] === ref.id
          ? Effect.succeed({ _tag: "Found", data })
          : Effect.fail(new TransientFailure({ message: `Clerk answered another ${ref.kind} than it was asked for` })),
    ),
    Effect.catchTag("ClerkNotFound", () => Effect.succeed<EntityAnswer>({ _tag: "Missing" })),
  );
}

/**
 * Where Clerk's API has one entity of a kind; null where it does not. Memberships, domains, waitlist entries, payment
 * attempts and subscription items are only listed; a subscription is got by its payer; mails and texts not at all.
 */
export function entityPath({ kind, id }: EntityRef, parents: readonly EntityRef[]): string | null {
  if (!isClerkId(id)) return null;
  switch (kind) {
    case "user":
      return `/users/${id}`;
    case "organization":
      return `/organizations/${id}`;
    case "session":
      return `/sessions/${id}`;
    case "role":
      return `/organization_roles/${id}`;
    case "permission":
      return `/organization_permissions/${id}`;
    case "organization_invitation": {
      const organization = parents.find((parent) => parent.kind === "organization" && isClerkId(parent.id));
      return organization === undefined ? null : `/organizations/${organization.id}/invitations/${id}`;
    }
    case "organization_membership":
    case "organization_domain":
    case "subscription":
    case "subscription_item":
    case "payment_attempt":
    case "waitlist_entry":
    case "message":
      return null;
    default:
      return kind satisfies never;
  }
}
