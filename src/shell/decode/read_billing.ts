import type { JsonObject, PaidBy, Values } from "../../core/mod.ts";
import { readCommon, readFilled, readFlag, readId, readList, readObject, readTimeMs } from "./read.ts";

export function readSubscription(data: JsonObject): Values["subscription"] {
  return {
    ...readCommon(data),
    ...readPaidBy(data),
    status: readFilled(data, "status"),
    latestPaymentId: readId(data, "latest_payment_id"),
    paymentSourceId: readId(data, "payment_source_id"),
    activeAtMs: readTimeMs(data, "active_at"),
    canceledAtMs: readTimeMs(data, "canceled_at"),
    endedAtMs: readTimeMs(data, "ended_at"),
    pastDueAtMs: readTimeMs(data, "past_due_at"),
    items: readList(data, "items"),
    payer: readObject(data, "payer"),
  };
}

export function readSubscriptionItem(data: JsonObject): Values["subscription_item"] {
  const plan = readObject(data, "plan");
  return {
    ...readCommon(data),
    ...readPaidBy(data),
    status: readFilled(data, "status"),
    subscriptionId: readId(data, "subscription_id"),
    planId: readId(data, "plan_id") ?? readId(plan ?? {}, "id"),
    planSlug: readFilled(plan ?? {}, "slug"),
    plan,
    interval: readFilled(data, "interval"),
    isFreeTrial: readFlag(data, "is_free_trial"),
    periodStartMs: readTimeMs(data, "period_start"),
    periodEndMs: readTimeMs(data, "period_end"),
    seats: readObject(data, "seats"),
  };
}

export function readPaymentAttempt(data: JsonObject): Values["payment_attempt"] {
  return {
    ...readCommon(data),
    ...readPaidBy(data),
    status: readFilled(data, "status"),
    paymentId: readId(data, "payment_id"),
    statementId: readId(data, "statement_id"),
    invoiceId: readId(data, "invoice_id"),
    gatewayExternalId: readId(data, "gateway_external_id"),
    chargeType: readFilled(data, "charge_type"),
    billingDateMs: readTimeMs(data, "billing_date"),
    paidAtMs: readTimeMs(data, "paid_at"),
    failedAtMs: readTimeMs(data, "failed_at"),
    failedReason: readObject(data, "failed_reason"),
    totals: readObject(data, "totals"),
    paymentSource: readObject(data, "payment_source"),
    subscriptionItems: readList(data, "subscription_items"),
    payee: readObject(data, "payee"),
  };
}

function readPaidBy(data: JsonObject): PaidBy {
  const payer = readObject(data, "payer") ?? {};
  return {
    payerId: readId(data, "payer_id") ?? readId(payer, "id"),
    userId: readId(payer, "user_id"),
    organizationId: readId(payer, "organization_id"),
  };
}
