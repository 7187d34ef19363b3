import type { PaymentAttemptValue, SubscriptionItemValue, SubscriptionValue } from "./value_billing.ts";
import type { MessageValue, WaitlistEntryValue } from "./value_message.ts";
import type {
  OrganizationDomainValue,
  OrganizationInvitationValue,
  OrganizationMembershipValue,
  OrganizationValue,
  PermissionValue,
  RoleValue,
} from "./value_organization.ts";
import type { SessionValue } from "./value_session.ts";
import type { UserValue } from "./value_user.ts";

export type { PaidBy, PaymentAttemptValue, SubscriptionItemValue, SubscriptionValue } from "./value_billing.ts";
export type { CommonValue } from "./value_common.ts";
export type { MessageValue, WaitlistEntryValue } from "./value_message.ts";
export type {
  OrganizationDomainValue,
  OrganizationInvitationValue,
  OrganizationMembershipValue,
  OrganizationValue,
  PermissionValue,
  RoleValue,
} from "./value_organization.ts";
export type { SessionValue } from "./value_session.ts";
export type {
  EmailAddressValue,
  ExternalAccountValue,
  PhoneNumberValue,
  UserPart,
  UserValue,
} from "./value_user.ts";

/**
 * The typed fields of each kind, by kind. Names are Clerk's in camel case; a time `created_at` is `createdAtMs`, in
 * milliseconds. What a payload lacks, or has in another type, is null, and an empty list where it is a list.
 */
export interface Values {
  readonly user: UserValue;
  readonly organization: OrganizationValue;
  readonly subscription: SubscriptionValue;
  readonly role: RoleValue;
  readonly permission: PermissionValue;
  readonly waitlist_entry: WaitlistEntryValue;
  readonly payment_attempt: PaymentAttemptValue;
  readonly message: MessageValue;
  readonly organization_membership: OrganizationMembershipValue;
  readonly organization_invitation: OrganizationInvitationValue;
  readonly organization_domain: OrganizationDomainValue;
  readonly session: SessionValue;
  readonly subscription_item: SubscriptionItemValue;
}
