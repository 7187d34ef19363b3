import type { JsonObject } from "../../core/mod.ts";
import { imageUrl, type Person } from "./person.ts";
import { characters, exampleId } from "./random.ts";

/** How long a code may be used. */
const CODE_LIFE_MS = 600_000;

export interface EmailAddressOptions {
  readonly fromDirectory: boolean;
}

/** The address a person signed up with; it stays the primary one. */
export function emailAddress(person: Person, options: EmailAddressOptions): JsonObject {
  const createdAtMs = person.createdAtMs - 9_000;
  return {
    created_at: createdAtMs,
    email_address: person.email,
    id: person.emailId,
    linked_to: [],
    matches_sso_connection: false,
    object: "email_address",
    reserved: false,
    updated_at: person.createdAtMs + 4,
    verification: options.fromDirectory
      ? { attempts: null, expire_at: null, object: "verification_scim", status: "verified", strategy: "scim" }
      : {
          attempts: 1,
          expire_at: createdAtMs + CODE_LIFE_MS,
          object: "verification_otp",
          status: "verified",
          strategy: "email_code",
        },
  };
}

/** The address that came with the Google account. */
export function googleEmailAddress(person: Person): JsonObject {
  return {
    created_at: person.createdAtMs + 20_000,
    email_address: googleEmail(person),
    id: exampleId("idn_", `${person.key}/google-email`),
    linked_to: [{ id: googleId(person), type: "oauth_google" }],
    matches_sso_connection: false,
    object: "email_address",
    reserved: false,
    updated_at: person.createdAtMs + 20_400,
    verification: {
      attempts: null,
      expire_at: null,
      object: "verification_from_oauth",
      status: "verified",
      strategy: "from_oauth_google",
    },
  };
}

/** An external account as captures show it, with fields that the specification does not have. */
export function googleAccount(person: Person): JsonObject {
  const createdAtMs = person.createdAtMs + 20_000;
  const provided = `1${characters(`${person.key}/google`, { alphabet: "0123456789", length: 20 })}`;
  return {
    approved_scopes:
      "email https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile openid profile",
    avatar_url: "",
    created_at: createdAtMs,
    email_address: googleEmail(person),
    email_address_verified: true,
    external_account_id: exampleId("eac_", person.key),
    family_name: person.lastName,
    first_name: person.firstName,
    given_name: person.firstName,
    google_id: provided,
    id: googleId(person),
    identification_id: googleId(person),
    image_url: imageUrl(`${person.key}/google`),
    label: null,
    last_name: person.lastName,
    object: "google_account",
    phone_number: null,
    picture: "",
    provider: "oauth_google",
    provider_user_id: provided,
    public_metadata: {},
    updated_at: createdAtMs,
    username: null,
    verification: {
      attempts: null,
      expire_at: createdAtMs + 100_000,
      object: "verification_oauth",
      status: "verified",
      strategy: "oauth_google",
    },
  };
}

export function phoneNumber(person: Person): JsonObject {
  const createdAtMs = person.createdAtMs + 15_000;
  return {
    backup_codes: null,
    created_at: createdAtMs,
    default_second_factor: true,
    id: person.phoneId,
    linked_to: [],
    object: "phone_number",
    phone_number: person.phone,
    reserved: false,
    reserved_for_second_factor: true,
    updated_at: createdAtMs + 900,
    verification: {
      attempts: 1,
      channel: "sms",
      expire_at: createdAtMs + CODE_LIFE_MS,
      object: "verification_otp",
      status: "verified",
      strategy: "phone_code",
    },
  };
}

export function passkey(person: Person, lastUsedAtMs: number): JsonObject {
  return {
    id: exampleId("idn_", `${person.key}/passkey`),
    last_used_at: lastUsedAtMs,
    name: "Chrome on macOS",
    object: "passkey",
    verification: {
      attempts: null,
      expire_at: null,
      message: null,
      nonce: "nonce",
      object: "verification_passkey",
      status: "verified",
      strategy: "passkey",
    },
  };
}

export function web3Wallet(person: Person): JsonObject {
  const createdAtMs = person.createdAtMs + 18_000;
  return {
    created_at: createdAtMs,
    id: exampleId("idn_", `${person.key}/wallet`),
    object: "web3_wallet",
    updated_at: createdAtMs + 100,
    verification: {
      attempts: 1,
      expire_at: createdAtMs + CODE_LIFE_MS,
      message: null,
      nonce: "0x1",
      object: "verification_web3",
      status: "verified",
      strategy: "web3_metamask_signature",
    },
    web3_wallet: `0x${characters(`${person.key}/wallet`, { alphabet: "0123456789abcdef", length: 40 })}`,
  };
}

/** The account of someone whom the company's directory keeps. */
export function directoryAccount(person: Person): JsonObject {
  const connectionId = exampleId("entconn_", person.key);
  const connectedAtMs = person.createdAtMs - 86_400_000;
  return {
    active: true,
    email_address: person.email,
    enterprise_connection: {
      active: true,
      allow_idp_initiated: false,
      allow_subdomains: false,
      created_at: connectedAtMs,
      disable_additional_identifications: false,
      domain: "example.com",
      domains: ["example.com"],
      id: connectionId,
      logo_public_url: null,
      name: "Example IdP",
      protocol: "saml",
      provider: "saml_okta",
      sync_user_attributes: true,
      updated_at: connectedAtMs,
    },
    enterprise_connection_id: connectionId,
    first_name: person.firstName,
    id: exampleId("idn_", `${person.key}/enterprise`),
    last_authenticated_at: null,
    last_name: person.lastName,
    object: "enterprise_account",
    protocol: "saml",
    provider: "saml_okta",
    provider_user_id: person.email,
    public_metadata: {},
    verification: {
      attempts: null,
      expire_at: person.createdAtMs + CODE_LIFE_MS,
      external_verification_redirect_url: null,
      object: "verification_saml",
      status: "verified",
      strategy: "saml",
    },
  };
}

export function scimMetadata(person: Person): JsonObject {
  return {
    directory_enabled: true,
    directory_id: exampleId("dir_", person.key),
    external_id: `00u${person.userId.slice(-8)}`,
  };
}

function googleEmail(person: Person): string {
  return person.email.replace(/@.*$/, "@example.org");
}

function googleId(person: Person): string {
  return exampleId("idn_", `${person.key}/google`);
}
