import type { JsonObject } from "../../../src/core/mod.ts";
import { CREATED_FILTERS, fieldIs, type ListRules, listOf } from "./list.ts";
import { notFound, ok } from "./reply.ts";
import { type Route, type RoutedCall, route } from "./route.ts";
import type { FakeKind } from "./world.ts";

const USERS: ListRules = {
  orders: ["created_at", "updated_at", "last_active_at", "last_sign_in_at", "username", "first_name", "last_name"],
  filters: { ...CREATED_FILTERS, "user_id[]": fieldIs("id"), user_id: fieldIs("id") },
  cursor: true,
  wrapped: "never",
};
const ORGANIZATIONS: ListRules = {
  orders: ["created_at", "name", "members_count"],
  filters: { "organization_id[]": fieldIs("id"), organization_id: fieldIs("id") },
};
const MEMBERSHIPS: ListRules = {
  orders: ["created_at", "email_address", "phone_number", "first_name", "last_name", "username"],
  filters: {
    "user_id[]": (row, value) => member(row) === value,
    user_id: (row, value) => member(row) === value,
    organization: (row, value) => organization(row) === value,
  },
};
const INVITATIONS: ListRules = {
  orders: ["created_at", "email_address"],
  filters: { status: fieldIs("status"), organization: fieldIs("organization_id") },
};
const DOMAINS: ListRules = { orders: ["created_at", "name"], filters: { organization: fieldIs("organization_id") } };
const NAMED: ListRules = { orders: ["created_at", "name", "key"] };
const WAITLIST: ListRules = {
  orders: ["created_at", "email_address", "invited_at"],
  filters: { status: fieldIs("status") },
};
const BILLING: ListRules = {
  orders: ["created_at"],
  filters: { statement: fieldIs("statement_id"), status: fieldIs("status") },
};

export const LIST_ROUTES: readonly Route[] = [
  route("GET /users", lists("user", USERS)),
  route("GET /users/count", ({ world }) => ok({ object: "total_count", total_count: world.table("user").size })),
  route("GET /organizations", lists("organization", ORGANIZATIONS)),
  route("GET /organization_memberships", lists("organization_membership", MEMBERSHIPS)),
  route("GET /organizations/:organization/memberships", lists("organization_membership", MEMBERSHIPS)),
  route("GET /users/:user_id/organization_memberships", lists("organization_membership", MEMBERSHIPS)),
  route("GET /organization_invitations", lists("organization_invitation", INVITATIONS)),
  route("GET /organizations/:organization/invitations", lists("organization_invitation", INVITATIONS)),
  route("GET /organization_domains", lists("organization_domain", DOMAINS)),
  route("GET /organizations/:organization/domains", lists("organization_domain", DOMAINS)),
  route("GET /organization_roles", lists("role", NAMED)),
  route("GET /organization_permissions", lists("permission", NAMED)),
  route("GET /waitlist_entries", lists("waitlist_entry", WAITLIST)),
  route("GET /billing/subscription_items", lists("subscription_item", BILLING)),
  route("GET /billing/statements", lists("statement", BILLING)),
  route("GET /billing/statements/:statement/payment_attempts", lists("payment_attempt", BILLING)),
  route("GET /users/:payer/billing/subscription", subscriptionOf),
  route("GET /organizations/:payer/billing/subscription", subscriptionOf),
];

/** A step of the path is a filter like any other. */
function lists(kind: FakeKind, rules: ListRules): Route["answer"] {
  return ({ world, params, query }) => {
    for (const [name, value] of Object.entries(params)) {
      if (name === "organization" && world.get("organization", value) === undefined) {
        return notFound("Given organization not found.");
      }
      query.set(name, value);
    }
    return listOf(world.table(kind), query, rules);
  };
}

/** The API says `subscription_items` to what webhooks call `items`. */
function subscriptionOf({ world, params }: RoutedCall): ReturnType<Route["answer"]> {
  const found = world
    .table("subscription")
    .rows()
    .find(({ payer }) => {
      const { user_id: userId, organization_id: organizationId } = payer as JsonObject;
      return userId === params["payer"] || organizationId === params["payer"];
    });
  if (found === undefined) return notFound("Subscription not found");
  const { items = [], ...subscription } = found;
  return ok({ ...subscription, subscription_items: items });
}

function member(membership: JsonObject): unknown {
  return (membership["public_user_data"] as JsonObject)["user_id"];
}

function organization(membership: JsonObject): unknown {
  return (membership["organization"] as JsonObject)["id"];
}
