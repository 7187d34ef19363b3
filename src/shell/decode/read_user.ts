import type { EmailAddressValue, ExternalAccountValue, JsonObject, PhoneNumberValue, Values } from "../../core/mod.ts";
import { readCommon, readFlag, readId, readInteger, readObject, readObjects, readText, readTimeMs } from "./read.ts";

export function readUser(data: JsonObject): Values["user"] {
  const primaryEmailAddressId = readId(data, "primary_email_address_id");
  const primaryPhoneNumberId = readId(data, "primary_phone_number_id");
  const emailAddresses = readObjects(data, "email_addresses").map(readEmailAddress);
  const phoneNumbers = readObjects(data, "phone_numbers").map(readPhoneNumber);
  return {
    ...readCommon(data),
    externalId: readText(data, "external_id"),
    primaryEmailAddressId,
    primaryPhoneNumberId,
    primaryWeb3WalletId: readId(data, "primary_web3_wallet_id"),
    primaryEmailAddress: findById(emailAddresses, primaryEmailAddressId)?.emailAddress ?? null,
    primaryPhoneNumber: findById(phoneNumbers, primaryPhoneNumberId)?.phoneNumber ?? null,
    username: readText(data, "username"),
    firstName: readText(data, "first_name"),
    lastName: readText(data, "last_name"),
    locale: readText(data, "locale"),
    timezone: readText(data, "timezone"),
    imageUrl: readText(data, "image_url"),
    hasImage: readFlag(data, "has_image"),
    publicMetadata: readObject(data, "public_metadata"),
    privateMetadata: readObject(data, "private_metadata"),
    unsafeMetadata: readObject(data, "unsafe_metadata"),
    passwordEnabled: readFlag(data, "password_enabled"),
    twoFactorEnabled: readFlag(data, "two_factor_enabled"),
    totpEnabled: readFlag(data, "totp_enabled"),
    backupCodeEnabled: readFlag(data, "backup_code_enabled"),
    mfaEnabledAtMs: readTimeMs(data, "mfa_enabled_at"),
    mfaDisabledAtMs: readTimeMs(data, "mfa_disabled_at"),
    passwordLastUpdatedAtMs: readTimeMs(data, "password_last_updated_at"),
    lastSignInAtMs: readTimeMs(data, "last_sign_in_at"),
    lastActiveAtMs: readTimeMs(data, "last_active_at"),
    legalAcceptedAtMs: readTimeMs(data, "legal_accepted_at"),
    banned: readFlag(data, "banned"),
    locked: readFlag(data, "locked"),
    deprovisioned: readFlag(data, "deprovisioned"),
    lockoutExpiresInSeconds: readInteger(data, "lockout_expires_in_seconds"),
    verificationAttemptsRemaining: readInteger(data, "verification_attempts_remaining"),
    deleteSelfEnabled: readFlag(data, "delete_self_enabled"),
    createOrganizationEnabled: readFlag(data, "create_organization_enabled"),
    createOrganizationsLimit: readInteger(data, "create_organizations_limit"),
    bypassClientTrust: readFlag(data, "bypass_client_trust"),
    emailAddresses,
    phoneNumbers,
    externalAccounts: readObjects(data, "external_accounts").map(readExternalAccount),
  };
}

function readEmailAddress(part: JsonObject): EmailAddressValue {
  return {
    ...readPart(part),
    emailAddress: readText(part, "email_address"),
    reserved: readFlag(part, "reserved"),
    matchesSsoConnection: readFlag(part, "matches_sso_connection"),
  };
}

function readPhoneNumber(part: JsonObject): PhoneNumberValue {
  return {
    ...readPart(part),
    phoneNumber: readText(part, "phone_number"),
    reserved: readFlag(part, "reserved"),
    reservedForSecondFactor: readFlag(part, "reserved_for_second_factor"),
    defaultSecondFactor: readFlag(part, "default_second_factor"),
  };
}

function readExternalAccount(part: JsonObject): ExternalAccountValue {
  return {
    ...readPart(part),
    provider: readText(part, "provider"),
    identificationId: readId(part, "identification_id"),
    providerUserId: readText(part, "provider_user_id"),
    approvedScopes: readText(part, "approved_scopes"),
    emailAddress: readText(part, "email_address"),
    emailAddressVerified: readFlag(part, "email_address_verified"),
    phoneNumber: readText(part, "phone_number"),
    username: readText(part, "username"),
    firstName: readText(part, "first_name"),
    lastName: readText(part, "last_name"),
    imageUrl: readText(part, "image_url"),
    label: readText(part, "label"),
    publicMetadata: readObject(part, "public_metadata"),
  };
}

function readPart(part: JsonObject) {
  const verification = readObject(part, "verification") ?? {};
  return {
    ...readCommon(part),
    id: readId(part, "id"),
    verificationStatus: readText(verification, "status"),
    verificationStrategy: readText(verification, "strategy"),
    data: part,
  };
}

/** The primary one is whichever has the primary id; Clerk's lists have no order to rely on. */
function findById<T extends { readonly id: string | null }>(parts: readonly T[], id: string | null): T | undefined {
  return id === null ? undefined : parts.find((part) => part.id === id);
}
