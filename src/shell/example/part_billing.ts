import type { EventType } from "../../core/mod.ts";
import {
  type Item,
  type ItemState,
  itemData,
  nestedItem,
  type SubscriptionOptions,
  subscriptionData,
} from "./billing.ts";
import { companyPayer, personPayer } from "./payer.ts";
import { type PaymentOptions, paymentAttemptData, paymentSourceId } from "./payment.ts";
import { exampleId } from "./random.ts";
import { type Step, step } from "./step.ts";
import { type ExampleWorld, idIn, instant } from "./world.ts";

/** A year of billing, pressed into minutes: the periods are of real length, what happens to them comes early. */
export function billingPart(world: ExampleWorld): readonly Step[] {
  return [...freePart(world), ...upgradePart(world), ...trialPart(world), ...declinePart(world)];
}

/** Everyone starts with the free plan. */
function freePart(world: ExampleWorld): readonly Step[] {
  const free = freeItem(world);
  const atMs = free.createdAtMs;
  const items = [nestedItem(free, { status: "active", updatedAtMs: atMs })];
  const state = { status: "active", updatedAtMs: atMs } as const;
  return [
    step("subscription.created", { atMs, data: () => subscriptionData(items, subscription(world, state)) }),
    step("subscription.active", { atMs: atMs + 1, data: () => subscriptionData(items, subscription(world, state)) }),
    itemStep("subscriptionItem.active", { item: free, status: "active", updatedAtMs: atMs }),
  ];
}

/** The founder buys the paid plan; the free one ends. */
function upgradePart(world: ExampleWorld): readonly Step[] {
  const free = freeItem(world);
  const pro = proItem(world);
  const paidAtMs = instant(world, 250);
  const ended = { status: "ended", updatedAtMs: paidAtMs } as const;
  const active = { status: "active", updatedAtMs: paidAtMs } as const;
  const checkout = { ...payment(world, "first"), chargeType: "checkout", createdAtMs: instant(world, 245) } as const;
  return [
    itemStep("subscriptionItem.created", { item: pro, status: "incomplete", updatedAtMs: pro.createdAtMs }),
    itemStep("subscriptionItem.incomplete", { item: pro, status: "incomplete", updatedAtMs: pro.createdAtMs + 5 }),
    paymentStep("paymentAttempt.created", { ...checkout, status: "pending", updatedAtMs: instant(world, 245) }),
    paymentStep("paymentAttempt.updated", { ...checkout, status: "paid", updatedAtMs: instant(world, 249) }),
    itemStep("subscriptionItem.active", { item: pro, ...active }),
    itemStep("subscriptionItem.ended", { item: free, ...ended }),
    step("subscription.updated", {
      atMs: paidAtMs + 3,
      data: () =>
        subscriptionData([nestedItem(free, ended), nestedItem(pro, active)], {
          ...subscription(world, { status: "active", updatedAtMs: paidAtMs + 3 }),
          ...paidWith(world),
        }),
    }),
  ];
}

/** The organization tries the team plan, with seats. */
function trialPart(world: ExampleWorld): readonly Step[] {
  const { company, seed } = world;
  const createdAtMs = instant(world, 260);
  const team: Item = {
    id: idIn(world, "csub_item_", "team"),
    subscriptionId: exampleId("csub_", `${seed}/company`),
    payer: companyPayer(company),
    plan: "team",
    createdAtMs,
    periodStartMs: createdAtMs,
  };
  return [
    itemStep("subscriptionItem.active", { item: team, status: "active", updatedAtMs: createdAtMs }),
    itemStep("subscriptionItem.freeTrialEnding", { item: team, status: "active", updatedAtMs: instant(world, 270) }),
  ];
}

/** The paid plan renews, then a payment fails, and in the end the founder cancels. */
function declinePart(world: ExampleWorld): readonly Step[] {
  const pro = proItem(world);
  const free: Item = { ...freeItem(world), id: idIn(world, "csub_item_", "free-again"), ...period(world, 331) };
  const failedAtMs = instant(world, 312);
  const pastDue = { status: "past_due", updatedAtMs: instant(world, 313) } as const;
  const renewal = { ...payment(world, "second"), chargeType: "recurring", createdAtMs: instant(world, 310) } as const;
  return [
    itemStep("subscriptionItem.updated", { item: pro, status: "active", updatedAtMs: instant(world, 300) }),
    paymentStep("paymentAttempt.created", { ...renewal, status: "pending", updatedAtMs: instant(world, 310) }),
    paymentStep("paymentAttempt.updated", { ...renewal, status: "failed", updatedAtMs: failedAtMs }),
    itemStep("subscriptionItem.pastDue", { item: pro, ...pastDue }),
    step("subscription.pastDue", {
      atMs: instant(world, 314),
      data: () =>
        subscriptionData([nestedItem(pro, pastDue)], {
          ...subscription(world, { status: "past_due", updatedAtMs: instant(world, 314) }),
          ...paidWith(world),
        }),
    }),
    itemStep("subscriptionItem.canceled", { item: pro, status: "canceled", updatedAtMs: instant(world, 330) }),
    itemStep("subscriptionItem.upcoming", { item: free, status: "upcoming", updatedAtMs: instant(world, 331) }),
    itemStep("subscriptionItem.abandoned", { item: free, status: "abandoned", updatedAtMs: instant(world, 340) }),
    itemStep("subscriptionItem.ended", { item: pro, status: "ended", updatedAtMs: instant(world, 350) }),
  ];
}

function itemStep(type: EventType, options: ItemState & { readonly item: Item }): Step {
  return step(type, { atMs: options.updatedAtMs, by: "server", data: () => itemData(options.item, options) });
}

function paymentStep(type: EventType, options: PaymentOptions): Step {
  return step(type, { atMs: options.updatedAtMs, by: "server", data: () => paymentAttemptData(options) });
}

function freeItem(world: ExampleWorld): Item {
  return { ...founderItem(world, "free"), ...period(world, 30.01) };
}

function proItem(world: ExampleWorld): Item {
  return { ...founderItem(world, "pro"), ...period(world, 240) };
}

function founderItem(world: ExampleWorld, plan: "free" | "pro"): Omit<Item, "createdAtMs" | "periodStartMs"> {
  return {
    id: idIn(world, "csub_item_", plan),
    subscriptionId: exampleId("csub_", `${world.seed}/founder`),
    payer: personPayer(world.founder),
    plan,
  };
}

function period(world: ExampleWorld, seconds: number): Pick<Item, "createdAtMs" | "periodStartMs"> {
  return { createdAtMs: instant(world, seconds), periodStartMs: instant(world, seconds) };
}

function subscription(
  world: ExampleWorld,
  state: Pick<SubscriptionOptions, "status" | "updatedAtMs">,
): SubscriptionOptions {
  const { subscriptionId, payer, createdAtMs } = freeItem(world);
  const payerId = exampleId("cpayer_", world.founder.key);
  return { id: subscriptionId, payer, payerId, createdAtMs, latestPaymentId: null, paymentSourceId: null, ...state };
}

function paidWith(world: ExampleWorld): Pick<SubscriptionOptions, "latestPaymentId" | "paymentSourceId"> {
  return {
    latestPaymentId: idIn(world, "cpay_", "payment/first"),
    paymentSourceId: paymentSourceId(proItem(world)),
  };
}

function payment(world: ExampleWorld, label: string): Pick<PaymentOptions, "key" | "instanceId" | "item"> {
  return { key: `${world.seed}/payment/${label}`, instanceId: world.instanceId, item: proItem(world) };
}
