import { isClerkId } from "./clerk_id.ts";
import type { ObservableKind } from "./observation.ts";

/** One list of Clerk's Backend API: all of a kind, or those of a parent. */
export interface Listing {
  readonly kind: ObservableKind;
  /**
   * Null: all of the instance. Memberships, invitations and domains may be those of an organization, memberships those of
   * a user too. Sessions are listed by user only, a subscription is that of a payer (a user or an organization), payment
   * attempts are those of a billing statement.
   */
  readonly parent: string | null;
}

/** What has the lists of a kind: the instance itself, or one list for each of these. */
export type ListParent = "instance" | "user" | "payer" | "statement";

export interface Walk {
  readonly kind: ObservableKind;
  readonly parent: ListParent;
  /** Part of every walk, or only of one that asks for it: it takes a request for each user, or Clerk's billing. */
  readonly extra: "sessions" | "billing" | null;
}

/** Everything that Clerk lists, parents before their children, so that few rows ever wait for one. */
export const WALKS: readonly Walk[] = [
  { kind: "user", parent: "instance", extra: null },
  { kind: "organization", parent: "instance", extra: null },
  { kind: "permission", parent: "instance", extra: null },
  { kind: "role", parent: "instance", extra: null },
  { kind: "organization_membership", parent: "instance", extra: null },
  { kind: "organization_invitation", parent: "instance", extra: null },
  { kind: "organization_domain", parent: "instance", extra: null },
  { kind: "waitlist_entry", parent: "instance", extra: null },
  { kind: "session", parent: "user", extra: "sessions" },
  // The items name who pays, and so whose subscriptions there are.
  { kind: "subscription_item", parent: "instance", extra: "billing" },
  { kind: "subscription", parent: "payer", extra: "billing" },
  { kind: "payment_attempt", parent: "statement", extra: "billing" },
];

/** How a list is asked for. */
export interface ListRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | boolean>>;
}

/** Oldest first: what is new meanwhile comes at the end, and moves nothing. */
const OLDEST_FIRST = { order_by: "+created_at" } as const;

/** Null where Clerk has no such list. */
export function listRequest({ kind, parent }: Listing): ListRequest | null {
  if (parent !== null && !isClerkId(parent)) return null;
  switch (kind) {
    case "user":
      return ofInstance(parent, { path: "/users", query: OLDEST_FIRST });
    case "organization":
      return ofInstance(parent, { path: "/organizations", query: OLDEST_FIRST });
    case "role":
      return ofInstance(parent, { path: "/organization_roles", query: OLDEST_FIRST });
    case "permission":
      return ofInstance(parent, { path: "/organization_permissions", query: OLDEST_FIRST });
    case "waitlist_entry":
      return ofInstance(parent, { path: "/waitlist_entries", query: OLDEST_FIRST });
    case "organization_membership":
      if (parent?.startsWith("user_")) return { path: `/users/${parent}/organization_memberships`, query: {} };
      return { path: ofOrganization(parent, "memberships"), query: OLDEST_FIRST };
    case "organization_invitation":
      return { path: ofOrganization(parent, "invitations"), query: OLDEST_FIRST };
    case "organization_domain":
      return { path: ofOrganization(parent, "domains"), query: parent === null ? OLDEST_FIRST : {} };
    case "session":
      return parent === null ? null : { path: "/sessions", query: { user_id: parent, paginated: true } };
    case "subscription_item":
      return ofInstance(parent, { path: "/billing/subscription_items", query: { include_free: true } });
    case "subscription":
      if (parent === null) return null;
      return {
        path: `/${parent.startsWith("org_") ? "organizations" : "users"}/${parent}/billing/subscription`,
        query: {},
      };
    case "payment_attempt":
      return parent === null ? null : { path: `/billing/statements/${parent}/payment_attempts`, query: {} };
    default:
      return kind satisfies never;
  }
}

/** The list of billing statements, of which only the ids are of use. */
export const STATEMENTS: ListRequest = { path: "/billing/statements", query: {} };

function ofInstance(parent: string | null, request: ListRequest): ListRequest | null {
  return parent === null ? request : null;
}

function ofOrganization(parent: string | null, what: "memberships" | "invitations" | "domains"): string {
  return parent === null ? `/organization_${what}` : `/organizations/${parent}/${what}`;
}
