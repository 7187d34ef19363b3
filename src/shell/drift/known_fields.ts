import type { Kind } from "../../core/mod.ts";

/** The fields of a payload's `data`, each with those of what it holds, where they are looked at too. */
export type KnownFields = ReadonlyMap<string, ReadonlySet<string> | null>;

const COMMON = "id object created_at updated_at";
const VERIFIED = `${COMMON} verification`;
const PAYER = `${COMMON} user_id first_name last_name email organization_id organization_name image_url`;
const PUBLIC_ORGANIZATION = "id name slug image_url has_image";
const PLAN = "id slug name is_recurring amount currency unit_prices";
const ITEM = `${COMMON} status is_free_trial period_start period_end interval plan_id plan payer subscription_id seats
  plan_period credit credits proration_date lifetime_paid next_payment_amount next_payment_date amount canceled_at
  past_due_at`;
const DOMAIN_VERIFICATION = "status strategy attempts expire_at expires_at verified_at";
const ENTERPRISE = `id object protocol provider active email_address first_name last_name provider_user_id
  enterprise_connection_id public_metadata verification enterprise_connection last_authenticated_at saml_connection`;

const USER = `${COMMON} external_id primary_email_address_id primary_phone_number_id primary_web3_wallet_id username
  first_name last_name locale timezone profile_image_url image_url has_image public_metadata private_metadata
  unsafe_metadata email_addresses phone_numbers web3_wallets passkeys password_enabled two_factor_enabled totp_enabled
  backup_code_enabled mfa_enabled_at mfa_disabled_at password_last_updated_at external_accounts saml_accounts
  enterprise_accounts organization_memberships last_sign_in_at banned locked deprovisioned lockout_expires_in_seconds
  verification_attempts_remaining delete_self_enabled create_organization_enabled create_organizations_limit
  last_active_at legal_accepted_at bypass_client_trust scim birthday gender`;

const ORGANIZATION = `${COMMON} name slug image_url logo_url has_image members_count
  missing_member_with_elevated_permissions pending_invitations_count max_allowed_memberships admin_delete_enabled
  public_metadata private_metadata created_by last_active_at role_set_key`;

const PERMISSION = `${COMMON} name key description type`;

/**
 * All that is known of what Clerk sends, by its specification (2025-04-15), its SDK, its samples and captures of what came,
 * older ones too. What users fill themselves, as metadata, is never looked into.
 */
export const KNOWN_FIELDS: { readonly [K in Kind]: KnownFields } = {
  user: known(USER, {
    email_addresses: `${VERIFIED} email_address reserved linked_to matches_sso_connection`,
    phone_numbers: `${VERIFIED} phone_number reserved_for_second_factor default_second_factor reserved linked_to
      backup_codes`,
    web3_wallets: `${VERIFIED} web3_wallet`,
    passkeys: `${VERIFIED} name last_used_at`,
    external_accounts: `${VERIFIED} provider identification_id provider_user_id approved_scopes email_address
      email_address_verified first_name last_name avatar_url image_url username phone_number public_metadata label
      google_id facebook_id given_name family_name picture external_account_id`,
    saml_accounts: ENTERPRISE,
    enterprise_accounts: ENTERPRISE,
    scim: "directory_id directory_enabled external_id",
  }),
  organization: known(ORGANIZATION),
  role: known(`${COMMON} name key description is_creator_eligible permissions`, { permissions: PERMISSION }),
  permission: known(PERMISSION),
  organization_membership: known(
    `${COMMON} role role_name permissions public_metadata private_metadata organization public_user_data`,
    {
      organization: ORGANIZATION,
      public_user_data:
        "user_id first_name last_name profile_image_url image_url has_image identifier username banned deprovisioned",
    },
  ),
  organization_invitation: known(
    `${COMMON} email_address role role_name organization_id inviter_id user_id public_inviter_data
      public_organization_data status public_metadata private_metadata url expires_at`,
    {
      public_inviter_data: "user_id first_name last_name image_url has_image identifier",
      public_organization_data: PUBLIC_ORGANIZATION,
    },
  ),
  organization_domain: known(
    `${COMMON} organization_id name enrollment_mode affiliation_email_address affiliation_verification
      ownership_verification verification total_pending_invitations total_pending_suggestions public_organization_data`,
    {
      affiliation_verification: DOMAIN_VERIFICATION,
      ownership_verification: DOMAIN_VERIFICATION,
      verification: DOMAIN_VERIFICATION,
      public_organization_data: PUBLIC_ORGANIZATION,
    },
  ),
  session: known(
    `${COMMON} user_id client_id actor status tasks last_active_organization_id last_active_at latest_activity expire_at
      abandon_at user`,
    {
      user: USER,
      latest_activity: "object id device_type is_mobile browser_name browser_version ip_address city country",
    },
  ),
  waitlist_entry: known(`${COMMON} email_address status is_locked invitation`, {
    invitation: `${COMMON} email_address public_metadata revoked status url expires_at`,
  }),
  subscription: known(
    `${COMMON} status active_at canceled_at ended_at past_due_at latest_payment_id payer_id payer payment_source_id items`,
    { payer: PAYER, items: ITEM },
  ),
  subscription_item: known(ITEM, { payer: PAYER, plan: PLAN, seats: "quantity" }),
  payment_attempt: known(
    `${COMMON} instance_id payment_id invoice_id statement_id gateway_external_id status paid_at failed_at failed_reason
      billing_date charge_type payee payer totals payment_source subscription_items`,
    {
      payer: PAYER,
      payee: "id gateway_type gateway_external_id gateway_status",
      totals: "subtotal tax_total grand_total per_unit_totals",
      payment_source:
        "id gateway gateway_external_id gateway_external_account_id payment_method status card_type last4",
      failed_reason: "code decline_code",
      subscription_items: ITEM,
    },
  ),
  message:
    known(`${COMMON} slug from_email_name reply_to_email_name to_email_address email_address_id user_id subject body
    body_plain status data delivered_by_clerk from_phone_number to_phone_number phone_number_id message created_at_ms
    suppression_reason`),
};

function known(fields: string, within: Readonly<Record<string, string>> = {}): KnownFields {
  const nested = Object.entries(within).map(([name, names]) => [name, new Set(words(names))] as const);
  return new Map<string, ReadonlySet<string> | null>([
    ...words(fields).map((name) => [name, null] as const),
    ...nested,
  ]);
}

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
