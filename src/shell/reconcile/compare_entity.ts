import { type Body, type Json, sameJson } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { cleanJson, isoTime, rowOf } from "../tables/mod.ts";
import type { Fields } from "../verify/difference.ts";
import type { FieldDifference } from "./discrepancy.ts";

/** How a row stands to what Clerk says of its entity. */
export type Standing =
  | { readonly _tag: "Equal" }
  | { readonly _tag: "Missing" }
  /** A webhook was newer than the answer. */
  | { readonly _tag: "Ahead" }
  /** Clerk has a newer version. */
  | { readonly _tag: "Behind"; readonly fields: readonly FieldDifference[] }
  /** Both are of one instant, and differ. */
  | { readonly _tag: "Disputed"; readonly fields: readonly FieldDifference[] }
  /** The row is deleted. */
  | { readonly _tag: "Buried"; readonly deletedAt: Json };

/** Compares a row, as `readRows` gives it, with what Clerk says as of `asOfMs`. */
export function compareEntity(
  atClerk: { readonly body: Body; readonly asOfMs: number },
  inTable: Fields | undefined,
): Standing {
  if (inTable === undefined) return { _tag: "Missing" };
  const deletedAt = inTable["deleted_at"] ?? null;
  if (deletedAt !== null) return { _tag: "Buried", deletedAt };
  const versionMs = Number(inTable["version_ms"] ?? -1);
  if (versionMs > atClerk.asOfMs) return { _tag: "Ahead" };
  if (versionMs < atClerk.asOfMs) return { _tag: "Behind", fields: differing(atClerk.body, inTable, []) };
  const fields = differing(atClerk.body, inTable, notSaid(atClerk.body, inTable));
  return fields.length === 0 ? { _tag: "Equal" } : { _tag: "Disputed", fields };
}

/**
 * What Clerk moves without a new `updated_at`, or shows of other entities: of one version it says nothing. Also what
 * webhooks and the API are known to say in other words.
 */
const MOVING: { readonly [K in Body["kind"]]: readonly string[] } = {
  user: ["last_active_at", "last_sign_in_at"],
  organization: ["last_active_at", "members_count", "pending_invitations_count"],
  organization_membership: ["organization", "public_user_data"],
  organization_invitation: ["public_organization_data", "url"],
  organization_domain: ["total_pending_invitations", "total_pending_suggestions"],
  session: ["last_active_at", "last_active_organization_id", "latest_activity", "user"],
  subscription: ["items", "payer"],
  subscription_item: ["payer", "plan"],
  payment_attempt: ["payee", "payer", "payment_source", "subscription_items"],
  waitlist_entry: ["invitation"],
  role: [],
  permission: [],
  message: [],
};

/** Of one version: what moves by itself, and what one of both does not name. */
function notSaid({ kind, data }: Body, inTable: Fields): readonly string[] {
  const shown = inTable["data"] ?? null;
  const unnamed = isJsonObject(shown) ? Object.keys(data).filter((name) => !Object.hasOwn(shown, name)) : [];
  return [...MOVING[kind], ...unnamed];
}

function differing(body: Body, inTable: Fields, ignored: readonly string[]): readonly FieldDifference[] {
  const { createdAtMs, updatedAtMs } = body.value;
  const columns: Fields = { ...rowOf(body), created_at: isoTime(createdAtMs), updated_at: isoTime(updatedAtMs) };
  const ofColumns = Object.entries(columns).flatMap(([field, atClerk]): readonly FieldDifference[] => {
    const shown = inTable[field] ?? null;
    if (ignored.includes(field) || sameJson(shown, atClerk)) return [];
    // The row has the latest of the user's own and of its sessions'.
    if (field === "last_sign_in_at" && String(shown ?? "") >= String(atClerk ?? "")) return [];
    return [{ field, inTable: shown, atClerk }];
  });
  return [...ofColumns, ...differingData(body, inTable["data"] ?? null, [...Object.keys(columns), ...ignored])];
}

/** Only what both have: the API and the webhooks of one version do not name all the same. */
function differingData(body: Body, data: Json, known: readonly string[]): readonly FieldDifference[] {
  const atClerk = cleanJson(body.data);
  if (!isJsonObject(data) || !isJsonObject(atClerk)) return [];
  return Object.entries(atClerk).flatMap(([name, value]): readonly FieldDifference[] => {
    const shown = data[name];
    if (shown === undefined || known.includes(name) || sameJson(shown, value)) return [];
    return [{ field: `data.${name}`, inTable: shown, atClerk: value }];
  });
}
