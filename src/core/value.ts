import type { JsonObject, Json } from "./json.ts";
import type { Kind } from "./kind.ts";

/** Fields that every kind has. */
export interface CommonValue {
  readonly createdAtMs: number | null;
  readonly updatedAtMs: number | null;
}

/** A user's session, as `session.*` describes it. */
export interface SessionValue extends CommonValue {
  readonly userId: string | null;
  readonly status: string | null;
}

/** PLACEHOLDER: the other kinds. */
export interface Values {
  readonly user: CommonValue & { readonly lastSignInAtMs: number | null; readonly publicMetadata: JsonObject | null; readonly x?: Json };
  readonly organization: CommonValue;
  readonly subscription: CommonValue;
  readonly role: CommonValue;
  readonly permission: CommonValue;
  readonly waitlist_entry: CommonValue;
  readonly payment_attempt: CommonValue;
  readonly message: CommonValue;
  readonly organization_membership: CommonValue;
  readonly organization_invitation: CommonValue;
  readonly organization_domain: CommonValue;
  readonly session: SessionValue;
  readonly subscription_item: CommonValue;
}

type Check = { [K in Kind]: Values[K] };
