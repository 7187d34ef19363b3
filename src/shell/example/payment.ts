import type { JsonObject } from "../../core/mod.ts";
import { type Item, paidItem } from "./billing.ts";
import { exampleId } from "./random.ts";

export interface PaymentOptions {
  /** Tells the payments of one life apart, and makes their ids. */
  readonly key: string;
  readonly instanceId: string;
  readonly item: Item;
  readonly chargeType: "checkout" | "recurring";
  readonly status: "pending" | "paid" | "failed";
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The payload of `paymentAttempt.created` and `paymentAttempt.updated`. */
export function paymentAttemptData(options: PaymentOptions): JsonObject {
  const { key, item, status, createdAtMs, updatedAtMs } = options;
  return {
    billing_date: createdAtMs,
    charge_type: options.chargeType,
    created_at: createdAtMs,
    failed_at: status === "failed" ? updatedAtMs : null,
    failed_reason: status === "failed" ? { code: "card_declined", decline_code: "insufficient_funds" } : null,
    gateway_external_id: exampleId("pi_", key),
    id: exampleId("cpayatt_", key),
    instance_id: options.instanceId,
    invoice_id: exampleId("cinv_", key),
    paid_at: status === "paid" ? updatedAtMs : null,
    payee: {
      gateway_external_id: "acct_test_1",
      gateway_status: "active",
      gateway_type: "stripe",
      id: exampleId("cpayee_", "payee"),
    },
    payer: item.payer,
    payment_id: exampleId("cpay_", key),
    payment_source: {
      card_type: "visa",
      gateway: "stripe",
      gateway_external_account_id: null,
      gateway_external_id: "pm_test_1",
      id: paymentSourceId(item),
      last4: "4242",
      payment_method: "card",
      status: "active",
    },
    statement_id: exampleId("cstmt_", key),
    status,
    subscription_items: [paidItem(item, { status: "incomplete", updatedAtMs })],
    totals: {
      grand_total: dollars(2_000),
      per_unit_totals: [],
      subtotal: dollars(2_000),
      tax_total: dollars(0),
    },
    updated_at: updatedAtMs,
  };
}

/** The card that pays for an item. */
export function paymentSourceId(item: Item): string {
  return exampleId("cps_", item.subscriptionId);
}

function dollars(cents: number): JsonObject {
  return {
    amount: cents,
    amount_formatted: `$${(cents / 100).toFixed(2)}`,
    currency: "USD",
    currency_symbol: "$",
  };
}
