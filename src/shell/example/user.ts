import type { JsonObject } from "../../core/mod.ts";
import {
  directoryAccount,
  emailAddress,
  googleAccount,
  googleEmailAddress,
  passkey,
  phoneNumber,
  scimMetadata,
  web3Wallet,
} from "./identification.ts";
import type { Person } from "./person.ts";
import { exampleId } from "./random.ts";

/**
 * What a person's account looks like: just made by a sign-up, made by a company's directory, or in use for a while,
 * with every kind of identification.
 */
export type UserStage = "signed-up" | "from-directory" | "settled";

export interface UserOptions {
  readonly stage: UserStage;
  readonly updatedAtMs: number;
}

/** The payload of `user.created` and `user.updated`, also nested in a session's. */
export function userData(person: Person, options: UserOptions): JsonObject {
  const { stage, updatedAtMs } = options;
  const settled = stage === "settled";
  const fromDirectory = stage === "from-directory";
  return {
    backup_code_enabled: false,
    banned: false,
    bypass_client_trust: false,
    create_organization_enabled: true,
    create_organizations_limit: null,
    created_at: person.createdAtMs,
    delete_self_enabled: true,
    deprovisioned: false,
    // The primary address is not always the first one.
    email_addresses: [...(settled ? [googleEmailAddress(person)] : []), emailAddress(person, { fromDirectory })],
    enterprise_accounts: fromDirectory ? [directoryAccount(person)] : [],
    external_accounts: settled ? [googleAccount(person)] : [],
    external_id: settled ? externalId(person) : null,
    first_name: person.firstName,
    has_image: false,
    id: person.userId,
    image_url: person.imageUrl,
    last_active_at: person.createdAtMs,
    last_name: person.lastName,
    last_sign_in_at: settled ? person.createdAtMs + 2_000 : null,
    legal_accepted_at: null,
    locale: null,
    locked: false,
    lockout_expires_in_seconds: null,
    mfa_disabled_at: null,
    mfa_enabled_at: null,
    object: "user",
    passkeys: settled ? [passkey(person, updatedAtMs)] : [],
    password_enabled: !fromDirectory,
    password_last_updated_at: fromDirectory ? null : person.createdAtMs,
    phone_numbers: settled ? [phoneNumber(person)] : [],
    primary_email_address_id: person.emailId,
    primary_phone_number_id: settled ? person.phoneId : null,
    primary_web3_wallet_id: settled ? exampleId("idn_", `${person.key}/wallet`) : null,
    private_metadata: settled ? { stripe_customer_id: exampleId("cus_", person.key) } : {},
    profile_image_url: "https://www.gravatar.com/avatar?d=mp",
    public_metadata: settled ? { plan: "pro" } : {},
    saml_accounts: [],
    ...(fromDirectory ? { scim: scimMetadata(person) } : {}),
    totp_enabled: false,
    two_factor_enabled: false,
    unsafe_metadata: settled ? { theme: "dark" } : {},
    updated_at: updatedAtMs,
    username: settled ? person.email.replace(/@.*$/, "").replaceAll(".", "_") : null,
    verification_attempts_remaining: 100,
    web3_wallets: settled ? [web3Wallet(person)] : [],
  };
}

/** The customer's own id for a person, which a deletion still tells. */
export function externalId(person: Person): string {
  return `crm-${person.userId.slice(-6)}`;
}
