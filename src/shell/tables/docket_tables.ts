import type { PaymentAttemptsTable, SubscriptionItemsTable, SubscriptionsTable } from "./billing_tables.ts";
import type {
  OrganizationDomainsTable,
  OrganizationInvitationsTable,
  OrganizationMembershipsTable,
  OrganizationsTable,
  PermissionsTable,
  RolesTable,
} from "./organization_tables.ts";
import type { MessagesTable, SessionsTable, WaitlistEntriesTable } from "./session_tables.ts";
import type { EmailAddressesTable, ExternalAccountsTable, PhoneNumbersTable, UsersTable } from "./user_tables.ts";

/** Schema `clerk` for Kysely. The views `live_*` hold the rows that are not deleted. */
export interface ClerkTables {
  readonly "clerk.users": UsersTable;
  readonly "clerk.email_addresses": EmailAddressesTable;
  readonly "clerk.phone_numbers": PhoneNumbersTable;
  readonly "clerk.external_accounts": ExternalAccountsTable;
  readonly "clerk.organizations": OrganizationsTable;
  readonly "clerk.organization_memberships": OrganizationMembershipsTable;
  readonly "clerk.organization_invitations": OrganizationInvitationsTable;
  readonly "clerk.organization_domains": OrganizationDomainsTable;
  readonly "clerk.roles": RolesTable;
  readonly "clerk.permissions": PermissionsTable;
  readonly "clerk.sessions": SessionsTable;
  readonly "clerk.waitlist_entries": WaitlistEntriesTable;
  readonly "clerk.subscriptions": SubscriptionsTable;
  readonly "clerk.subscription_items": SubscriptionItemsTable;
  readonly "clerk.payment_attempts": PaymentAttemptsTable;
  readonly "clerk.messages": MessagesTable;
  readonly "clerk.live_users": UsersTable;
  readonly "clerk.live_email_addresses": EmailAddressesTable;
  readonly "clerk.live_phone_numbers": PhoneNumbersTable;
  readonly "clerk.live_external_accounts": ExternalAccountsTable;
  readonly "clerk.live_organizations": OrganizationsTable;
  readonly "clerk.live_organization_memberships": OrganizationMembershipsTable;
  readonly "clerk.live_organization_invitations": OrganizationInvitationsTable;
  readonly "clerk.live_organization_domains": OrganizationDomainsTable;
  readonly "clerk.live_roles": RolesTable;
  readonly "clerk.live_permissions": PermissionsTable;
  readonly "clerk.live_sessions": SessionsTable;
  readonly "clerk.live_waitlist_entries": WaitlistEntriesTable;
  readonly "clerk.live_subscriptions": SubscriptionsTable;
  readonly "clerk.live_subscription_items": SubscriptionItemsTable;
  readonly "clerk.live_payment_attempts": PaymentAttemptsTable;
  readonly "clerk.live_messages": MessagesTable;
}
