import type { Selectable } from "kysely";
import type { Kind } from "../../core/mod.ts";
import type { ClerkTables } from "./docket_tables.ts";

/** The table of each kind. */
interface TableOf {
  readonly user: "clerk.users";
  readonly organization: "clerk.organizations";
  readonly organization_membership: "clerk.organization_memberships";
  readonly organization_invitation: "clerk.organization_invitations";
  readonly organization_domain: "clerk.organization_domains";
  readonly role: "clerk.roles";
  readonly permission: "clerk.permissions";
  readonly session: "clerk.sessions";
  readonly waitlist_entry: "clerk.waitlist_entries";
  readonly subscription: "clerk.subscriptions";
  readonly subscription_item: "clerk.subscription_items";
  readonly payment_attempt: "clerk.payment_attempts";
  readonly message: "clerk.messages";
}

/** A kind's row as it is read. */
export type EntityRow<K extends Kind> = Selectable<ClerkTables[TableOf[K]]>;
