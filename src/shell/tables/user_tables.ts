import type { EntityColumns, Flag, Instant, Integer, Jsonb, Text } from "./entity_columns.ts";

export interface UsersTable extends EntityColumns {
  readonly external_id: Text;
  readonly primary_email_address_id: Text;
  readonly primary_phone_number_id: Text;
  readonly primary_web3_wallet_id: Text;
  readonly primary_email_address: Text;
  readonly primary_phone_number: Text;
  readonly username: Text;
  readonly first_name: Text;
  readonly last_name: Text;
  readonly locale: Text;
  readonly timezone: Text;
  readonly image_url: Text;
  readonly has_image: Flag;
  readonly public_metadata: Jsonb;
  readonly private_metadata: Jsonb;
  readonly unsafe_metadata: Jsonb;
  readonly password_enabled: Flag;
  readonly two_factor_enabled: Flag;
  readonly totp_enabled: Flag;
  readonly backup_code_enabled: Flag;
  readonly mfa_enabled_at: Instant;
  readonly mfa_disabled_at: Instant;
  readonly password_last_updated_at: Instant;
  readonly last_sign_in_at: Instant;
  readonly last_active_at: Instant;
  readonly legal_accepted_at: Instant;
  readonly banned: Flag;
  readonly locked: Flag;
  readonly deprovisioned: Flag;
  readonly lockout_expires_in_seconds: Integer;
  readonly verification_attempts_remaining: Integer;
  readonly delete_self_enabled: Flag;
  readonly create_organization_enabled: Flag;
  readonly create_organizations_limit: Integer;
  readonly bypass_client_trust: Flag;
}

export interface EmailAddressesTable extends EntityColumns {
  readonly user_id: Text;
  readonly email_address: Text;
  readonly verification_status: Text;
  readonly verification_strategy: Text;
  readonly reserved: Flag;
  readonly matches_sso_connection: Flag;
}

export interface PhoneNumbersTable extends EntityColumns {
  readonly user_id: Text;
  readonly phone_number: Text;
  readonly verification_status: Text;
  readonly verification_strategy: Text;
  readonly reserved: Flag;
  readonly reserved_for_second_factor: Flag;
  readonly default_second_factor: Flag;
}

export interface ExternalAccountsTable extends EntityColumns {
  readonly user_id: Text;
  readonly provider: Text;
  readonly identification_id: Text;
  readonly provider_user_id: Text;
  readonly verification_status: Text;
  readonly verification_strategy: Text;
  readonly approved_scopes: Text;
  readonly email_address: Text;
  readonly email_address_verified: Flag;
  readonly phone_number: Text;
  readonly username: Text;
  readonly first_name: Text;
  readonly last_name: Text;
  readonly image_url: Text;
  readonly label: Text;
  readonly public_metadata: Jsonb;
}
