import { describe, expect, test } from "bun:test";
import { builtin } from "../../src/core/builtin.ts";
import { type JsonObject, jobsOf, receive } from "../../src/core/mod.ts";
import { builtinWorld, DAY_MS, message, observedDeletion, onlyJob, shownJobs, states } from "../support/builtins.ts";
import { EPOCH_MS } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

const PAYER = { id: "cpayer_1", user_id: "user_1", organization_id: "", email: "ada@example.com" };

function item(event: string, seconds: number, status: string, fields: JsonObject = {}): StoryMessage {
  const plan = { plan_id: "cplan_pro", plan: { id: "cplan_pro", slug: "pro" } };
  const data = { id: "csub_item_1", subscription_id: "csub_1", status, payer: PAYER, is_free_trial: false };
  return message(`subscriptionItem.${event}`, seconds, { ...data, ...plan, ...fields });
}

function subscription(event: string, seconds: number, status: string): StoryMessage {
  return message(`subscription.${event}`, seconds, { id: "csub_1", status, payer: PAYER, items: [] });
}

describe("entitlements()", () => {
  const policy = builtin.entitlements({ handler: "plans" });
  const keyAt = (seconds: number, event: string): string =>
    `entitlements/subscription_item/csub_item_1/${EPOCH_MS + seconds * 1_000}/subscriptionItem.${event}`;
  const told = (...messages: readonly StoryMessage[]): unknown =>
    shownJobs(policy, messages).map(({ key, payload }) => {
      const { status, isEntitled, planSlug } = payload as JsonObject;
      return { key, told: `${status} ${planSlug} ${isEntitled}` };
    });

  test("plans whenever status or plan changes, and not for a renewal", () => {
    const team = { plan_id: "cplan_team", plan: { id: "cplan_team", slug: "team" } };
    expect(
      told(
        item("incomplete", 0, "incomplete"),
        item("active", 10, "active"),
        item("updated", 20, "active", { period_end: EPOCH_MS + DAY_MS }),
        item("updated", 30, "active", team),
        item("canceled", 40, "canceled", team),
        item("ended", 50, "ended", team),
      ),
    ).toEqual([
      { key: "entitlements/subscription_item/csub_item_1/+", told: "incomplete pro false" },
      { key: keyAt(10, "active"), told: "active pro true" },
      { key: keyAt(30, "updated"), told: "active team true" },
      { key: keyAt(40, "canceled"), told: "canceled team true" },
      { key: keyAt(50, "ended"), told: "ended team false" },
    ]);
  });

  test("says for whom, and lets you say in which statuses", () => {
    const strict = builtin.entitlements({ handler: "plans", entitling: ["active"] });
    expect(onlyJob(strict, [item("pastDue", 10, "past_due")])).toMatchObject({
      handler: "plans",
      payload: {
        itemId: "csub_item_1",
        subscriptionId: "csub_1",
        userId: "user_1",
        organizationId: null,
        planId: "cplan_pro",
        status: "past_due",
        isEntitled: false,
        asOfMs: EPOCH_MS + 10_000,
      },
    });
  });

  test("plans on the subscription's deletion, of which there is no event, but a repair may see it", () => {
    const gone = observedDeletion({ kind: "subscription", id: "csub_1" }, 60);
    const world = receive(builtinWorld([policy], [item("active", 10, "active")], "keep"), gone);
    expect(jobsOf(world).map(({ job: { key, payload }, moot }) => ({ key, moot, payload }))).toMatchObject([
      { key: "entitlements/subscription_item/csub_item_1/+", moot: true },
      {
        key: "entitlements/subscription_item/csub_item_1/-",
        moot: false,
        payload: { userId: "user_1", planSlug: "pro", status: "deleted", isEntitled: false, asOfMs: EPOCH_MS + 60_000 },
      },
    ]);
  });

  test("is withdrawn when a late version shows that it was so before", () => {
    const [first, second] = [item("active", 10, "active"), item("updated", 20, "active")];
    const created = item("created", 0, "incomplete");
    expect(states(shownJobs(policy, [created, second, first]))).toEqual({
      "entitlements/subscription_item/csub_item_1/+": "planned",
      [keyAt(10, "active")]: "planned",
      [keyAt(20, "updated")]: "withdrawn",
    });
  });
});

describe("dunning()", () => {
  const KEY = `dunning/subscription/csub_1/${EPOCH_MS + 20_000}/subscription.pastDue`;
  const active = subscription("created", 0, "active");
  const due = subscription("pastDue", 20, "past_due");

  test("plans an e-mail to the payer when the subscription becomes past due", () => {
    expect(shownJobs(builtin.dunning(), [active, due, subscription("updated", 30, "past_due")])).toEqual([
      {
        key: KEY,
        state: "planned",
        payload: {
          to: "ada@example.com",
          template: "dunning",
          data: { userId: "user_1", organizationId: null, subscriptionId: "csub_1", itemId: null },
        },
      },
    ]);
    expect(shownJobs(builtin.dunning(), [active, item("pastDue", 20, "past_due")])).toEqual([]);
  });

  test("can look at the items instead", () => {
    const policy = builtin.dunning({ per: "item" });
    expect(
      shownJobs(policy, [active, due, item("active", 0, "active"), item("pastDue", 20, "past_due")]),
    ).toMatchObject([
      {
        key: `dunning/subscription_item/csub_item_1/${EPOCH_MS + 20_000}/subscriptionItem.pastDue`,
        payload: { data: { subscriptionId: "csub_1", itemId: "csub_item_1" } },
      },
    ]);
  });

  test("is cancelled when it is paid before the job starts, and plans anew for another time", () => {
    const paid = subscription("active", 30, "active");
    expect(states(shownJobs(builtin.dunning({ settle: "1 day" }), [active, due, paid]))).toEqual({
      [KEY]: "cancelled",
    });
    const again = subscription("pastDue", 40, "past_due");
    expect(shownJobs(builtin.dunning(), [active, due, paid, again])).toHaveLength(2);
  });

  test("is withdrawn when a late version shows that it was past due before", () => {
    const before = subscription("pastDue", 10, "past_due");
    expect(states(shownJobs(builtin.dunning(), [active, due, before]))).toMatchObject({ [KEY]: "withdrawn" });
  });

  test("leaves the address to the handler where Clerk names none", () => {
    const policy = builtin.dunning({ per: "item" });
    const { email: _absent, ...payer } = PAYER;
    for (const other of [payer, { ...PAYER, email: "" }, null]) {
      const { payload } = onlyJob(policy, [item("pastDue", 0, "past_due", { payer: other })]);
      expect(payload).toMatchObject({ to: null });
    }
  });
});

describe("trialEnding()", () => {
  const KEY = "trial-ending/subscription_item/csub_item_1";
  const trial = { is_free_trial: true, period_end: EPOCH_MS + 14 * DAY_MS };
  const started = item("active", 0, "active", trial);
  const ending = item("freeTrialEnding", 60, "active", trial);

  test("plans when Clerk says that the trial is ending, once", () => {
    expect(shownJobs(builtin.trialEnding(), [started])).toEqual([]);
    const jobs = shownJobs(builtin.trialEnding(), [started, ending, item("freeTrialEnding", 70, "active", trial)]);
    expect(jobs).toEqual([
      {
        key: KEY,
        state: "planned",
        payload: {
          to: "ada@example.com",
          template: "trial-ending",
          data: {
            itemId: "csub_item_1",
            userId: "user_1",
            organizationId: null,
            planSlug: "pro",
            endsAtMs: EPOCH_MS + 14 * DAY_MS,
          },
        },
      },
    ]);
  });

  test("plans so long before the end, if you say how long", () => {
    const policy = builtin.trialEnding({ before: "5 days" });
    expect(onlyJob(policy, [started, ending])).toMatchObject({ key: KEY, startAtMs: EPOCH_MS + 9 * DAY_MS });
    expect(shownJobs(policy, [item("active", 0, "active", { is_free_trial: true, period_end: null })])).toEqual([]);
    expect(shownJobs(policy, [item("active", 0, "active", { period_end: EPOCH_MS + DAY_MS })])).toEqual([]);
  });

  test("is cancelled when the trial is over or canceled", () => {
    const policy = builtin.trialEnding({ before: "5 days" });
    for (const end of [item("updated", 30, "active"), item("canceled", 30, "canceled", trial)]) {
      expect(states(shownJobs(policy, [started, end]))).toEqual({ [KEY]: "cancelled" });
      expect(states(shownJobs(policy, [end, started]))).toEqual({ [KEY]: "cancelled" });
    }
  });
});
