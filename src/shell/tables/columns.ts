import type { CommonValue, EmailAddressValue, ExternalAccountValue, PhoneNumberValue, Values } from "../../core/mod.ts";

/** The Postgres types that typed columns have. */
export type ColumnType = "text" | "bigint" | "integer" | "boolean" | "timestamptz" | "jsonb";

/**
 * Value fields and the types of their columns. A column is named as in Clerk's payload: `lastSignInAtMs` stands in
 * `last_sign_in_at`. The compiler asks for every field; `createdAtMs` and `updatedAtMs` have columns in all tables.
 */
type FieldTypes<V> = { readonly [F in Exclude<keyof V, keyof CommonValue | OwnTable>]: ColumnType };

/** Fields that have columns or tables of their own. */
type OwnTable = "id" | "data" | "emailAddresses" | "phoneNumbers" | "externalAccounts";

export const USER_FIELDS: FieldTypes<Values["user"]> = {
  externalId: "text",
  primaryEmailAddressId: "text",
  primaryPhoneNumberId: "text",
  primaryWeb3WalletId: "text",
  primaryEmailAddress: "text",
  primaryPhoneNumber: "text",
  username: "text",
  firstName: "text",
  lastName: "text",
  locale: "text",
  timezone: "text",
  imageUrl: "text",
  hasImage: "boolean",
  publicMetadata: "jsonb",
  privateMetadata: "jsonb",
  unsafeMetadata: "jsonb",
  passwordEnabled: "boolean",
  twoFactorEnabled: "boolean",
  totpEnabled: "boolean",
  backupCodeEnabled: "boolean",
  mfaEnabledAtMs: "timestamptz",
  mfaDisabledAtMs: "timestamptz",
  passwordLastUpdatedAtMs: "timestamptz",
  lastSignInAtMs: "timestamptz",
  lastActiveAtMs: "timestamptz",
  legalAcceptedAtMs: "timestamptz",
  banned: "boolean",
  locked: "boolean",
  deprovisioned: "boolean",
  lockoutExpiresInSeconds: "integer",
  verificationAttemptsRemaining: "integer",
  deleteSelfEnabled: "boolean",
  createOrganizationEnabled: "boolean",
  createOrganizationsLimit: "integer",
  bypassClientTrust: "boolean",
};

const VERIFICATION = { verificationStatus: "text", verificationStrategy: "text" } as const;

export const EMAIL_ADDRESS_FIELDS: FieldTypes<EmailAddressValue> = {
  emailAddress: "text",
  ...VERIFICATION,
  reserved: "boolean",
  matchesSsoConnection: "boolean",
};

export const PHONE_NUMBER_FIELDS: FieldTypes<PhoneNumberValue> = {
  phoneNumber: "text",
  ...VERIFICATION,
  reserved: "boolean",
  reservedForSecondFactor: "boolean",
  defaultSecondFactor: "boolean",
};

export const EXTERNAL_ACCOUNT_FIELDS: FieldTypes<ExternalAccountValue> = {
  provider: "text",
  identificationId: "text",
  providerUserId: "text",
  ...VERIFICATION,
  approvedScopes: "text",
  emailAddress: "text",
  emailAddressVerified: "boolean",
  phoneNumber: "text",
  username: "text",
  firstName: "text",
  lastName: "text",
  imageUrl: "text",
  label: "text",
  publicMetadata: "jsonb",
};

export const ORGANIZATION_FIELDS: FieldTypes<Values["organization"]> = {
  name: "text",
  slug: "text",
  imageUrl: "text",
  hasImage: "boolean",
  membersCount: "integer",
  missingMemberWithElevatedPermissions: "boolean",
  pendingInvitationsCount: "integer",
  maxAllowedMemberships: "integer",
  adminDeleteEnabled: "boolean",
  publicMetadata: "jsonb",
  privateMetadata: "jsonb",
  createdBy: "text",
  lastActiveAtMs: "timestamptz",
  roleSetKey: "text",
};

export const MEMBERSHIP_FIELDS: FieldTypes<Values["organization_membership"]> = {
  organizationId: "text",
  userId: "text",
  role: "text",
  roleName: "text",
  permissions: "jsonb",
  publicMetadata: "jsonb",
  privateMetadata: "jsonb",
};

export const INVITATION_FIELDS: FieldTypes<Values["organization_invitation"]> = {
  emailAddress: "text",
  role: "text",
  roleName: "text",
  organizationId: "text",
  inviterId: "text",
  userId: "text",
  status: "text",
  publicMetadata: "jsonb",
  privateMetadata: "jsonb",
  url: "text",
  expiresAtMs: "timestamptz",
};

export const DOMAIN_FIELDS: FieldTypes<Values["organization_domain"]> = {
  organizationId: "text",
  name: "text",
  enrollmentMode: "text",
  affiliationEmailAddress: "text",
  affiliationVerification: "jsonb",
  ownershipVerification: "jsonb",
  verification: "jsonb",
  totalPendingInvitations: "integer",
  totalPendingSuggestions: "integer",
};

export const ROLE_FIELDS: FieldTypes<Values["role"]> = {
  name: "text",
  key: "text",
  description: "text",
  isCreatorEligible: "boolean",
  permissions: "jsonb",
};

export const PERMISSION_FIELDS: FieldTypes<Values["permission"]> = {
  name: "text",
  key: "text",
  description: "text",
  type: "text",
};

export const SESSION_FIELDS: FieldTypes<Values["session"]> = {
  userId: "text",
  clientId: "text",
  status: "text",
  actor: "jsonb",
  lastActiveOrganizationId: "text",
  lastActiveAtMs: "timestamptz",
  latestActivity: "jsonb",
  expireAtMs: "timestamptz",
  abandonAtMs: "timestamptz",
};

export const WAITLIST_ENTRY_FIELDS: FieldTypes<Values["waitlist_entry"]> = {
  emailAddress: "text",
  status: "text",
  isLocked: "boolean",
  invitation: "jsonb",
};

const PAID_BY = { payerId: "text", userId: "text", organizationId: "text" } as const;

export const SUBSCRIPTION_FIELDS: FieldTypes<Values["subscription"]> = {
  ...PAID_BY,
  status: "text",
  latestPaymentId: "text",
  paymentSourceId: "text",
  activeAtMs: "timestamptz",
  canceledAtMs: "timestamptz",
  endedAtMs: "timestamptz",
  pastDueAtMs: "timestamptz",
  items: "jsonb",
  payer: "jsonb",
};

export const SUBSCRIPTION_ITEM_FIELDS: FieldTypes<Values["subscription_item"]> = {
  ...PAID_BY,
  status: "text",
  subscriptionId: "text",
  planId: "text",
  planSlug: "text",
  plan: "jsonb",
  interval: "text",
  isFreeTrial: "boolean",
  periodStartMs: "timestamptz",
  periodEndMs: "timestamptz",
  seats: "jsonb",
};

export const PAYMENT_ATTEMPT_FIELDS: FieldTypes<Values["payment_attempt"]> = {
  ...PAID_BY,
  status: "text",
  paymentId: "text",
  statementId: "text",
  invoiceId: "text",
  gatewayExternalId: "text",
  chargeType: "text",
  billingDateMs: "timestamptz",
  paidAtMs: "timestamptz",
  failedAtMs: "timestamptz",
  failedReason: "jsonb",
  totals: "jsonb",
  paymentSource: "jsonb",
  subscriptionItems: "jsonb",
  payee: "jsonb",
};

export const MESSAGE_FIELDS: FieldTypes<Values["message"]> = {
  channel: "text",
  slug: "text",
  status: "text",
  userId: "text",
  emailAddressId: "text",
  phoneNumberId: "text",
  toEmailAddress: "text",
  toPhoneNumber: "text",
  fromEmailName: "text",
  fromPhoneNumber: "text",
  replyToEmailName: "text",
  deliveredByClerk: "boolean",
};
