import { asOfMsOf, livingValue } from "./builtin_edge.ts";
import { type EmailOptions, emailTask, type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import { type Span, spanMs } from "./duration.ts";
import type { JsonObject } from "./json.ts";
import { type Change, type Job, type PolicyOf, policy } from "./policy.ts";

export interface EntitlementsOptions extends HandlerOptions {
  /**
   * The statuses in which an item entitles. Clerk says of `canceled` that the payer keeps the plan to the end of the
   * period, and nothing of `past_due`. @default ["active", "canceled", "past_due"]
   */
  readonly entitling?: readonly string[];
}

/**
 * `entitlements`: which plan a user or an organization has, item by item.
 *
 * - Plans on a subscription item's first version, whenever its status or plan changes, and on its subscription's
 *   deletion. A renewal changes neither. Clerk deletes no subscription with its user: see `cancel-subscriptions`.
 * - Key `entitlements/subscription_item/<id>/+`, then `/<asOfMs>/<event type>`, at the deletion `/-`.
 * - The deletion cancels what has not started before it. Withdrawn, or given another payload, when a late version
 *   tells it otherwise.
 * - Your handler, payload `{ itemId, subscriptionId, userId, organizationId, planId, planSlug, status, isEntitled,
 *   asOfMs }`; `status` is `deleted` at the deletion. Jobs of one item may run in any order: let the greatest
 *   `asOfMs` win. A payer may have several items, so take away an item's plan, never all.
 */
export function entitlements(options: EntitlementsOptions): PolicyOf<"subscription_item"> {
  const entitling = options.entitling ?? ["active", "canceled", "past_due"];
  return policy("entitlements", { kind: "subscription_item", ...timingOf(options) }, (change) => {
    const { ref, before, after } = change;
    const was = livingValue(before);
    const is = livingValue(after);
    if (was !== null && is !== null && was.status === is.status && was.planId === is.planId) return [];
    const status = is === null ? "deleted" : is.status;
    const isEntitled = status !== null && entitling.includes(status);
    const { subscriptionId = null, userId = null, organizationId = null } = after.value ?? {};
    const { planId = null, planSlug = null } = after.value ?? {};
    const whom = { itemId: ref.id, subscriptionId, userId, organizationId };
    return [task(options, { ...whom, planId, planSlug, status, isEntitled, asOfMs: asOfMsOf(change) })];
  });
}

export interface DunningOptions extends EmailOptions {
  /** One e-mail for a whole subscription, or one for each item of it that is past due. @default "subscription" */
  readonly per?: "subscription" | "item";
}

const PAID_OR_OVER = ["active", "canceled", "ended", "abandoned"] as const;

/**
 * `dunning`: an e-mail to a payer whose payment is past due.
 *
 * - Plans whenever the subscription (or, `per: "item"`, a subscription item) becomes past due.
 * - Key `dunning/subscription/<id>/<asOfMs>/<event type>`, or `/+` if that is the first that is seen of it;
 *   `per: "item"` has `subscription_item` in its place.
 * - Cancelled when the status is active, canceled, ended or abandoned before it starts, and by the deletion.
 * - Handler `email`, payload `{ to, template: "dunning", data: { userId, organizationId, subscriptionId, itemId } }`:
 *   `to` is the payer's address, null where Clerk names none; `itemId` is null for a whole subscription.
 */
export function dunning(options: DunningOptions = {}): PolicyOf<"subscription"> | PolicyOf<"subscription_item"> {
  const planning = { until: { status: PAID_OR_OVER }, ...timingOf(options) };
  if (options.per !== "item") {
    return policy("dunning", { kind: "subscription", ...planning }, (change) =>
      dunningTasks(options, change, { subscriptionId: change.ref.id, itemId: null }),
    );
  }
  return policy("dunning", { kind: "subscription_item", ...planning }, (change) =>
    dunningTasks(options, change, {
      subscriptionId: change.after.value?.subscriptionId ?? null,
      itemId: change.ref.id,
    }),
  );
}

function dunningTasks<K extends "subscription" | "subscription_item">(
  options: EmailOptions,
  { before, after }: Change<K>,
  ids: JsonObject,
): readonly Job[] {
  if (after._tag !== "Live" || after.value.status !== "past_due") return [];
  if (livingValue(before)?.status === "past_due") return [];
  const { userId, organizationId } = after.value;
  const data = { userId, organizationId, ...ids };
  return [emailTask(options, { to: payerEmailIn(after.data), template: "dunning", data })];
}

export interface TrialEndingOptions extends EmailOptions {
  /** How long before the trial's end. @default when Clerk says so: three days, or at once for a shorter trial */
  readonly before?: Span;
}

/**
 * `trial-ending`: an e-mail to a payer whose free trial is about to end, once a trial.
 *
 * - Plans on `subscriptionItem.freeTrialEnding`. With `before`: on the first version that is a trial with a known
 *   end, to start that long before it; an end that moves later is then not followed.
 * - Key `trial-ending/subscription_item/<id>`.
 * - Cancelled when the item is no longer a trial, or is canceled, ended, abandoned or past due, and by the deletion.
 * - Handler `email`, payload `{ to, template: "trial-ending", data: { itemId, userId, organizationId, planSlug,
 *   endsAtMs } }`: `to` is the payer's address, null where Clerk names none.
 */
export function trialEnding(options: TrialEndingOptions = {}): PolicyOf<"subscription_item"> {
  const until = { isFreeTrial: [false], status: ["canceled", "ended", "abandoned", "past_due"] } as const;
  const planning = { kind: "subscription_item", once: true, until, ...timingOf(options) } as const;
  return policy("trial-ending", planning, ({ ref, after }) => {
    if (after._tag === "Deleted") return [];
    const { userId, organizationId, planSlug, isFreeTrial, periodEndMs: endsAtMs } = after.value;
    const data = { itemId: ref.id, userId, organizationId, planSlug, endsAtMs };
    const mail = { to: payerEmailIn(after.data), template: "trial-ending", data };
    if (options.before === undefined) {
      return after.event === "subscriptionItem.freeTrialEnding" ? [emailTask(options, mail)] : [];
    }
    if (isFreeTrial !== true || endsAtMs === null) return [];
    const atMs = endsAtMs - (spanMs(options.before) ?? Number.NaN);
    return [emailTask(options, mail, { after: { atMs } })];
  });
}

/** Clerk names the payer's address with the payer; an organization's may lack it, or be empty. */
function payerEmailIn(data: JsonObject): string | null {
  const payer = data["payer"];
  if (typeof payer !== "object" || payer === null || Array.isArray(payer)) return null;
  const email = (payer as JsonObject)["email"];
  return typeof email === "string" && email !== "" ? email : null;
}
