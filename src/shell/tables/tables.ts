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
import { type Fields, type Row, rowOfFields, type TableSpec, tableSpec } from "./table_spec.ts";

const FIELDS: { readonly [K in Kind]: Fields } = {
  user: USER_FIELDS,
  organization: ORGANIZATION_FIELDS,
  subscription: SUBSCRIPTION_FIELDS,
  role: ROLE_FIELDS,
  permission: PERMISSION_FIELDS,
  waitlist_entry: WAITLIST_ENTRY_FIELDS,
  payment_attempt: PAYMENT_ATTEMPT_FIELDS,
  message: MESSAGE_FIELDS,
  organization_membership: MEMBERSHIP_FIELDS,
  organization_invitation: INVITATION_FIELDS,
  organization_domain: DOMAIN_FIELDS,
  session: SESSION_FIELDS,
  subscription_item: SUBSCRIPTION_ITEM_FIELDS,
};

/** The table of each kind. A user's lists have tables of their own: `PARTS`. */
export const TABLES: { readonly [K in Kind]: TableSpec } = {
  user: tableSpec("users", FIELDS.user),
  organization: tableSpec("organizations", FIELDS.organization),
  subscription: tableSpec("subscriptions", FIELDS.subscription),
  role: tableSpec("roles", FIELDS.role),
  permission: tableSpec("permissions", FIELDS.permission),
  waitlist_entry: tableSpec("waitlist_entries", FIELDS.waitlist_entry),
  payment_attempt: tableSpec("payment_attempts", FIELDS.payment_attempt),
  message: tableSpec("messages", FIELDS.message),
  organization_membership: tableSpec("organization_memberships", FIELDS.organization_membership),
  organization_invitation: tableSpec("organization_invitations", FIELDS.organization_invitation),
  organization_domain: tableSpec("organization_domains", FIELDS.organization_domain),
  session: tableSpec("sessions", FIELDS.session),
  subscription_item: tableSpec("subscription_items", FIELDS.subscription_item),
};

/** The typed columns of a body's row, by name. */
export function rowOf(body: Body): Row {
  return rowOfFields(body.value, FIELDS[body.kind]);
}
