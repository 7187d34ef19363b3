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
      ...common(part, { userId, address: [part.emailAddress] }),
    })),
    phone_numbers: rows(value.phoneNumbers, (part) => ({
      ...rowOfValue(part, PARTS.phone_numbers),
      ...common(part, { userId, address: [part.phoneNumber] }),
    })),
    external_accounts: rows(value.externalAccounts, (part) => ({
      ...rowOfValue(part, PARTS.external_accounts),
      ...common(part, { userId, address: [part.provider, part.providerUserId, part.emailAddress] }),
    })),
  };
}

function partSpec(table: string, fields: Fields): TableSpec {
  return tableSpec(table, { userId: "text", ...fields });
}

interface PartOwner {
  readonly userId: string;
  /** What tells the part from the user's others. */
  readonly address: readonly (string | null)[];
}

function common(part: UserPart, { userId, address }: PartOwner): Row {
  return {
    id: part.id ?? `${userId}/${createHash("sha256").update(JSON.stringify(address)).digest("hex").slice(0, 32)}`,
    user_id: userId,
    data: cleanJson(part.data),
    created_at: isoTime(part.createdAtMs),
    updated_at: isoTime(part.updatedAtMs),
  };
}

function rows<P extends UserPart>(parts: readonly P[], rowOf: (part: P) => Row): readonly Row[] {
  return [...new Map(parts.map(rowOf).map((row) => [row["id"], row])).values()];
}
