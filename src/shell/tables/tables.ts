import type { Body, Kind } from "../../core/mod.ts";
import {
  DOMAIN_FIELDS,
  INVITATION_FIELDS,
  MEMBERSHIP_FIELDS,
  MESSAGE_FIELDS,
  ORGANIZATION_FIELDS,
  PAYMENT_ATTEMPT_FIELDS,
  PERMISSION_FIELDS,
  ROLE_FIELDS,
  SESSION_FIELDS,
  SUBSCRIPTION_FIELDS,
  SUBSCRIPTION_ITEM_FIELDS,
  USER_FIELDS,
  WAITLIST_ENTRY_FIELDS,
} from "./columns.ts";
import { type Row, rowOfValue, type TableSpec, tableSpec } from "./table_spec.ts";

/** The table of each kind. A user's lists have tables of their own: `PARTS`. */
export const TABLES: { readonly [K in Kind]: TableSpec } = {
  user: tableSpec("users", USER_FIELDS),
  organization: tableSpec("organizations", ORGANIZATION_FIELDS),
  subscription: tableSpec("subscriptions", SUBSCRIPTION_FIELDS),
  role: tableSpec("roles", ROLE_FIELDS),
  permission: tableSpec("permissions", PERMISSION_FIELDS),
  waitlist_entry: tableSpec("waitlist_entries", WAITLIST_ENTRY_FIELDS),
  payment_attempt: tableSpec("payment_attempts", PAYMENT_ATTEMPT_FIELDS),
  message: tableSpec("messages", MESSAGE_FIELDS),
  organization_membership: tableSpec("organization_memberships", MEMBERSHIP_FIELDS),
  organization_invitation: tableSpec("organization_invitations", INVITATION_FIELDS),
  organization_domain: tableSpec("organization_domains", DOMAIN_FIELDS),
  session: tableSpec("sessions", SESSION_FIELDS),
  subscription_item: tableSpec("subscription_items", SUBSCRIPTION_ITEM_FIELDS),
};

/** The typed columns of a body's row, by name. */
export function rowOf(body: Body): Row {
  return rowOfValue(body.value, TABLES[body.kind]);
}
