import type { Json, JsonObject } from "./json.ts";
import type { CommonValue } from "./value_common.ts";

/** Who pays: a user or an organization. Clerk leaves the other one's id empty, which is null here. */
export interface PaidBy {
  readonly payerId: string | null;
  readonly userId: string | null;
  readonly organizationId: string | null;
}

/** What one payer has subscribed to, as `subscription.*` describes it. */
export interface SubscriptionValue extends CommonValue, PaidBy {
  readonly status: string | null;
  readonly latestPaymentId: string | null;
  readonly paymentSourceId: string | null;
  readonly activeAtMs: number | null;
  readonly canceledAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly pastDueAtMs: number | null;
  /** Whole items, as the payload has them. */
  readonly items: readonly Json[];
  readonly payer: JsonObject | null;
}

/** One plan in a subscription, as `subscriptionItem.*` describes it. */
export interface SubscriptionItemValue extends CommonValue, PaidBy {
  readonly status: string | null;
  readonly subscriptionId: string | null;
  readonly planId: string | null;
  readonly planSlug: string | null;
  readonly plan: JsonObject | null;
  readonly interval: string | null;
  readonly isFreeTrial: boolean | null;
  readonly periodStartMs: number | null;
  readonly periodEndMs: number | null;
  readonly seats: JsonObject | null;
}

/** One try to charge a payer, as `paymentAttempt.*` describes it. */
export interface PaymentAttemptValue extends CommonValue, PaidBy {
  readonly status: string | null;
  readonly paymentId: string | null;
  readonly statementId: string | null;
  readonly invoiceId: string | null;
  readonly gatewayExternalId: string | null;
  readonly chargeType: string | null;
  readonly billingDateMs: number | null;
  readonly paidAtMs: number | null;
  readonly failedAtMs: number | null;
  readonly failedReason: JsonObject | null;
  /** Amounts in the currency's smallest unit. */
  readonly totals: JsonObject | null;
  readonly paymentSource: JsonObject | null;
  /** Whole items, as the payload has them. */
  readonly subscriptionItems: readonly Json[];
  readonly payee: JsonObject | null;
}
