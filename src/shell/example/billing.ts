import type { JsonObject } from "../../core/mod.ts";
import { exampleId } from "./random.ts";

const MONTH_MS = 30 * 86_400_000;

export type PlanName = "free" | "pro" | "team";

/** What is the same in every event of one item. */
export interface Item {
  readonly id: string;
  readonly subscriptionId: string;
  readonly payer: JsonObject;
  readonly plan: PlanName;
  readonly createdAtMs: number;
  readonly periodStartMs: number;
}

export interface ItemState {
  readonly status: "abandoned" | "active" | "canceled" | "ended" | "incomplete" | "past_due" | "upcoming";
  readonly updatedAtMs: number;
}

/** The payload of every `subscriptionItem.*` event. */
export function itemData(item: Item, state: ItemState): JsonObject {
  return { ...bareItem(item, state), payer: item.payer, subscription_id: item.subscriptionId };
}

/** An item as a subscription holds it: without payer, and not naming its subscription. */
export function nestedItem(item: Item, state: ItemState): JsonObject {
  return { ...bareItem(item, state), subscription_id: null };
}

/** An item as a payment attempt holds it. */
export function paidItem(item: Item, state: ItemState): JsonObject {
  const { is_free_trial: _absent, seats: _seats, ...rest } = itemData(item, state);
  return rest;
}

function bareItem(item: Item, state: ItemState): JsonObject {
  const team = item.plan === "team";
  return {
    created_at: item.createdAtMs,
    id: item.id,
    interval: team ? "annual" : "month",
    is_free_trial: team,
    object: "commerce_subscription_item",
    period_end: item.plan === "free" ? null : item.periodStartMs + (team ? 12 : 1) * MONTH_MS,
    period_start: item.periodStartMs,
    plan: planData(item),
    plan_id: planId(item.plan),
    ...(team ? { seats: { quantity: 5 } } : {}),
    status: state.status,
    updated_at: state.updatedAtMs,
  };
}

/** Plans belong to the instance, so their ids are the same in every example. */
function planId(plan: PlanName): string {
  return exampleId("cplan_", plan);
}

function planData(item: Item): JsonObject {
  const free = item.plan === "free";
  return {
    amount: free ? 0 : 2_000,
    currency: "USD",
    id: planId(item.plan),
    is_recurring: !free,
    name: { free: "Free", pro: "Pro", team: "Team" }[item.plan],
    slug: { free: "free_user", pro: "pro", team: "team" }[item.plan],
    ...(item.plan === "team" ? { unit_prices: [seatPrice()] } : {}),
  };
}

function seatPrice(): JsonObject {
  return {
    block_size: 1,
    name: "seats",
    tiers: [
      { amount_per_block: 0, currency: "USD", ends_after_block: 5, starts_at_block: 1 },
      { amount_per_block: 500, currency: "USD", ends_after_block: null, starts_at_block: 6 },
    ],
  };
}

export interface SubscriptionOptions {
  readonly id: string;
  readonly payer: JsonObject;
  readonly payerId: string;
  readonly status: "active" | "past_due";
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly latestPaymentId: string | null;
  readonly paymentSourceId: string | null;
}

/** The payload of every `subscription.*` event. `items` come from {@link nestedItem}. */
export function subscriptionData(items: readonly JsonObject[], options: SubscriptionOptions): JsonObject {
  return {
    active_at: options.createdAtMs,
    canceled_at: null,
    created_at: options.createdAtMs,
    ended_at: null,
    id: options.id,
    items,
    latest_payment_id: options.latestPaymentId,
    object: "commerce_subscription",
    past_due_at: options.status === "past_due" ? options.updatedAtMs : null,
    payer: options.payer,
    payer_id: options.payerId,
    payment_source_id: options.paymentSourceId,
    status: options.status,
    updated_at: options.updatedAtMs,
  };
}
