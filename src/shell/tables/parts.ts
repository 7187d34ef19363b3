import { createHash } from "node:crypto";
import type { UserPart, Values } from "../../core/mod.ts";
import { cleanJson } from "./clean_json.ts";
import { EMAIL_ADDRESS_FIELDS, EXTERNAL_ACCOUNT_FIELDS, PHONE_NUMBER_FIELDS } from "./columns.ts";
import { type Fields, isoTime, type Row, rowOfValue, type TableSpec, tableSpec } from "./table_spec.ts";

/** The tables of what a user has several of. Besides their typed columns they have what all tables have. */
export const PARTS: { readonly [P in PartTable]: TableSpec } = {
  email_addresses: partSpec("email_addresses", EMAIL_ADDRESS_FIELDS),
  phone_numbers: partSpec("phone_numbers", PHONE_NUMBER_FIELDS),
  external_accounts: partSpec("external_accounts", EXTERNAL_ACCOUNT_FIELDS),
};

export type PartTable = "email_addresses" | "phone_numbers" | "external_accounts";

/**
 * The rows of a user's parts: `id`, `user_id`, typed columns, `data`, and their own `created_at` and `updated_at`.
 * A part without an id gets one made of the user's id and a digest of its address, short enough to be a key. No two
 * rows of a table share an id: the last wins.
 */
export function partsOf(userId: string, value: Values["user"]): { readonly [P in PartTable]: readonly Row[] } {
  return {
    email_addresses: rows(value.emailAddresses, (part) => ({
      ...rowOfValue(part, PARTS.email_addresses),
      ...common(part, { userId, id: emailAddressId(userId, part) }),
    })),
    phone_numbers: rows(value.phoneNumbers, (part) => ({
      ...rowOfValue(part, PARTS.phone_numbers),
      ...common(part, { userId, id: phoneNumberId(userId, part) }),
    })),
    external_accounts: rows(value.externalAccounts, (part) => ({
      ...rowOfValue(part, PARTS.external_accounts),
      ...common(part, { userId, id: externalAccountId(userId, part) }),
    })),
  };
}

export type PartIds = { readonly [P in PartTable]: readonly string[] };

/** The ids of those rows alone. */
export function partIdsOf(userId: string, value: Values["user"]): PartIds {
  return {
    email_addresses: value.emailAddresses.map((part) => emailAddressId(userId, part)),
    phone_numbers: value.phoneNumbers.map((part) => phoneNumberId(userId, part)),
    external_accounts: value.externalAccounts.map((part) => externalAccountId(userId, part)),
  };
}

type Part<F extends keyof Values["user"]> = Values["user"][F] extends readonly (infer P)[] ? P : never;

function emailAddressId(userId: string, { id, emailAddress }: Part<"emailAddresses">): string {
  return id ?? madeId(userId, [emailAddress]);
}

function phoneNumberId(userId: string, { id, phoneNumber }: Part<"phoneNumbers">): string {
  return id ?? madeId(userId, [phoneNumber]);
}

function externalAccountId(
  userId: string,
  { id, provider, providerUserId, emailAddress }: Part<"externalAccounts">,
): string {
  return id ?? madeId(userId, [provider, providerUserId, emailAddress]);
}

/** @param address What tells the part from the user's others. */
function madeId(userId: string, address: readonly (string | null)[]): string {
  return `${userId}/${createHash("sha256").update(JSON.stringify(address)).digest("hex").slice(0, 32)}`;
}

function partSpec(table: string, fields: Fields): TableSpec {
  return tableSpec(table, { userId: "text", ...fields });
}

interface PartKeys {
  readonly id: string;
  readonly userId: string;
}

function common(part: UserPart, { id, userId }: PartKeys): Row {
  return {
    id,
    user_id: userId,
    data: cleanJson(part.data),
    created_at: isoTime(part.createdAtMs),
    updated_at: isoTime(part.updatedAtMs),
  };
}

function rows<P extends UserPart>(parts: readonly P[], rowOf: (part: P) => Row): readonly Row[] {
  return [...new Map(parts.map(rowOf).map((row) => [row["id"], row])).values()];
}
