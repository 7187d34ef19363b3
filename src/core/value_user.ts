import type { JsonObject } from "./json.ts";
import type { CommonValue } from "./value_common.ts";

/** A user, as `user.*` describes it. */
export interface UserValue extends CommonValue {
  readonly externalId: string | null;
  readonly primaryEmailAddressId: string | null;
  readonly primaryPhoneNumberId: string | null;
  readonly primaryWeb3WalletId: string | null;
  /** The address that `primaryEmailAddressId` names; null when it is not among `emailAddresses`. */
  readonly primaryEmailAddress: string | null;
  /** The number that `primaryPhoneNumberId` names; null when it is not among `phoneNumbers`. */
  readonly primaryPhoneNumber: string | null;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly imageUrl: string | null;
  readonly hasImage: boolean | null;
  readonly publicMetadata: JsonObject | null;
  readonly privateMetadata: JsonObject | null;
  readonly unsafeMetadata: JsonObject | null;
  readonly passwordEnabled: boolean | null;
  readonly twoFactorEnabled: boolean | null;
  readonly totpEnabled: boolean | null;
  readonly backupCodeEnabled: boolean | null;
  readonly mfaEnabledAtMs: number | null;
  readonly mfaDisabledAtMs: number | null;
  readonly passwordLastUpdatedAtMs: number | null;
  readonly lastSignInAtMs: number | null;
  /** Of day precision, says Clerk: no order can be told from it. */
  readonly lastActiveAtMs: number | null;
  readonly legalAcceptedAtMs: number | null;
  readonly banned: boolean | null;
  readonly locked: boolean | null;
  /** Switched off by a directory (SCIM); its sessions are revoked. */
  readonly deprovisioned: boolean | null;
  readonly lockoutExpiresInSeconds: number | null;
  readonly verificationAttemptsRemaining: number | null;
  readonly deleteSelfEnabled: boolean | null;
  readonly createOrganizationEnabled: boolean | null;
  readonly createOrganizationsLimit: number | null;
  readonly bypassClientTrust: boolean | null;
  readonly emailAddresses: readonly EmailAddressValue[];
  readonly phoneNumbers: readonly PhoneNumberValue[];
  readonly externalAccounts: readonly ExternalAccountValue[];
}

/** One of the things that a user has several of. */
export interface UserPart extends CommonValue {
  readonly id: string | null;
  readonly verificationStatus: string | null;
  readonly verificationStrategy: string | null;
  /** The part as the payload has it, whole. */
  readonly data: JsonObject;
}

export interface EmailAddressValue extends UserPart {
  readonly emailAddress: string | null;
  readonly reserved: boolean | null;
  readonly matchesSsoConnection: boolean | null;
}

export interface PhoneNumberValue extends UserPart {
  readonly phoneNumber: string | null;
  readonly reserved: boolean | null;
  readonly reservedForSecondFactor: boolean | null;
  readonly defaultSecondFactor: boolean | null;
}

export interface ExternalAccountValue extends UserPart {
  readonly provider: string | null;
  readonly identificationId: string | null;
  readonly providerUserId: string | null;
  readonly approvedScopes: string | null;
  readonly emailAddress: string | null;
  readonly emailAddressVerified: boolean | null;
  readonly phoneNumber: string | null;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly imageUrl: string | null;
  readonly label: string | null;
  readonly publicMetadata: JsonObject | null;
}
