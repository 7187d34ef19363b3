import type { Kind } from "./kind.ts";
import type { Values } from "./value.ts";

/** `scalar`: text, number or flag, but nothing with fields of its own. Else the fields kept of an object. */
export type Keep = "scalar" | KeepFields;

export interface KeepFields {
  readonly [name: string]: Keep;
}

/** What is left of a kind's typed fields and of its payload's `data`. `all`: the kind holds no personal data. */
export type Kept<K extends Kind> =
  | "all"
  | { readonly value: { readonly [F in keyof Values[K]]?: Keep }; readonly data: KeepFields };

const TIMES = { createdAtMs: "scalar", updatedAtMs: "scalar" } as const;
const DATA = {
  id: "scalar",
  object: "scalar",
  deleted: "scalar",
  created_at: "scalar",
  updated_at: "scalar",
} as const;
const STATUS = { status: "scalar" } as const;
const ROLE = { role: "scalar", role_name: "scalar" } as const;
const PAID_BY = { payerId: "scalar", userId: "scalar", organizationId: "scalar" } as const;
const PAYER = { id: "scalar", user_id: "scalar", organization_id: "scalar" } as const;
const PLAN = { id: "scalar", slug: "scalar", is_recurring: "scalar", amount: "scalar", currency: "scalar" } as const;

/**
 * What stays of a deleted entity whose personal data is erased: its id, the ids of what it belonged to, status, role,
 * the times of its making, change and expiry, and flags that say nothing of a person. All that is not named goes.
 */
export const KEPT: { readonly [K in Kind]: Kept<K> } = {
  user: {
    value: {
      ...TIMES,
      primaryEmailAddressId: "scalar",
      primaryPhoneNumberId: "scalar",
      primaryWeb3WalletId: "scalar",
    },
    data: {
      ...DATA,
      primary_email_address_id: "scalar",
      primary_phone_number_id: "scalar",
      primary_web3_wallet_id: "scalar",
    },
  },
  organization: {
    value: { ...TIMES, createdBy: "scalar", maxAllowedMemberships: "scalar", adminDeleteEnabled: "scalar" },
    data: { ...DATA, created_by: "scalar", max_allowed_memberships: "scalar", admin_delete_enabled: "scalar" },
  },
  role: "all",
  permission: "all",
  organization_membership: {
    value: { ...TIMES, organizationId: "scalar", userId: "scalar", role: "scalar", roleName: "scalar" },
    data: { ...DATA, ...ROLE, organization: { id: "scalar" }, public_user_data: { user_id: "scalar" } },
  },
  organization_invitation: {
    value: {
      ...TIMES,
      ...STATUS,
      organizationId: "scalar",
      inviterId: "scalar",
      userId: "scalar",
      role: "scalar",
      roleName: "scalar",
      expiresAtMs: "scalar",
    },
    data: {
      ...DATA,
      ...STATUS,
      ...ROLE,
      organization_id: "scalar",
      inviter_id: "scalar",
      user_id: "scalar",
      expires_at: "scalar",
    },
  },
  organization_domain: {
    value: { ...TIMES, organizationId: "scalar", enrollmentMode: "scalar" },
    data: { ...DATA, organization_id: "scalar", enrollment_mode: "scalar" },
  },
  session: {
    value: {
      ...TIMES,
      ...STATUS,
      userId: "scalar",
      clientId: "scalar",
      lastActiveOrganizationId: "scalar",
      expireAtMs: "scalar",
      abandonAtMs: "scalar",
    },
    data: {
      ...DATA,
      ...STATUS,
      user_id: "scalar",
      client_id: "scalar",
      last_active_organization_id: "scalar",
      expire_at: "scalar",
      abandon_at: "scalar",
    },
  },
  waitlist_entry: {
    value: { ...TIMES, ...STATUS, isLocked: "scalar", invitation: { id: "scalar", status: "scalar" } },
    data: { ...DATA, ...STATUS, is_locked: "scalar", invitation: { id: "scalar", status: "scalar" } },
  },
  subscription: {
    value: {
      ...TIMES,
      ...STATUS,
      ...PAID_BY,
      latestPaymentId: "scalar",
      paymentSourceId: "scalar",
      payer: PAYER,
    },
    data: {
      ...DATA,
      ...STATUS,
      payer_id: "scalar",
      latest_payment_id: "scalar",
      payment_source_id: "scalar",
      payer: PAYER,
    },
  },
  subscription_item: {
    value: {
      ...TIMES,
      ...STATUS,
      ...PAID_BY,
      subscriptionId: "scalar",
      planId: "scalar",
      planSlug: "scalar",
      plan: PLAN,
      interval: "scalar",
      isFreeTrial: "scalar",
      seats: { quantity: "scalar" },
    },
    data: {
      ...DATA,
      ...STATUS,
      subscription_id: "scalar",
      plan_id: "scalar",
      plan: PLAN,
      interval: "scalar",
      is_free_trial: "scalar",
      seats: { quantity: "scalar" },
      payer_id: "scalar",
      payer: PAYER,
    },
  },
  payment_attempt: {
    value: {
      ...TIMES,
      ...STATUS,
      ...PAID_BY,
      paymentId: "scalar",
      statementId: "scalar",
      invoiceId: "scalar",
      chargeType: "scalar",
    },
    data: {
      ...DATA,
      ...STATUS,
      instance_id: "scalar",
      payment_id: "scalar",
      statement_id: "scalar",
      invoice_id: "scalar",
      charge_type: "scalar",
      payer_id: "scalar",
      payer: PAYER,
    },
  },
  message: {
    value: {
      ...TIMES,
      ...STATUS,
      channel: "scalar",
      slug: "scalar",
      userId: "scalar",
      emailAddressId: "scalar",
      phoneNumberId: "scalar",
      deliveredByClerk: "scalar",
    },
    data: {
      ...DATA,
      ...STATUS,
      slug: "scalar",
      user_id: "scalar",
      email_address_id: "scalar",
      phone_number_id: "scalar",
      delivered_by_clerk: "scalar",
      created_at_ms: "scalar",
    },
  },
};
