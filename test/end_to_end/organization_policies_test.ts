import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import type { JsonObject } from "../../src/core/mod.ts";
import { type PolicyStage, startPolicyStage } from "../support/policy_stage.ts";
import { until } from "../support/stage.ts";

/** Goal: as in `policies_test.ts`, for organizations, billing and messages. */

let stage: PolicyStage;
beforeAll(async () => {
  stage = await startPolicyStage();
}, 60_000);
afterAll(() => stage[Symbol.asyncDispose](), 60_000);

describe("organization.created and organization.updated", () => {
  test("make a workspace and default roles, and sync billing and permissions", async () => {
    const { world } = stage.clerk;
    const id = world.addOrganization(world.addUser());
    await stage.tell();
    await stage.notedWith("workspace", ({ organizationId }) => organizationId === id);
    expect(await stage.hooked(new RegExp(`^default-roles/organization/${id}`))).toMatchObject({ organizationId: id });
    world.change("organization", id, {
      fields: { name: "Renamed Ltd", max_allowed_memberships: 7 },
      type: "organization.updated",
    });
    await stage.tell();
    expect(await stage.row("organizations", id)).toMatchObject({ name: "Renamed Ltd" });
    expect(await stage.hooked(new RegExp(`^billing-sync/organization/${id}/`))).toMatchObject({
      changed: { name: "Renamed Ltd", maxAllowedMemberships: 7 },
    });
    expect(await stage.hooked(new RegExp(`^permissions-sync/organization/${id}/`))).toMatchObject({
      changed: { maxAllowedMemberships: 7 },
    });
  });
});

describe("organizationMembership.*", () => {
  test("grants access when user and organization exist, tells Slack, and revokes access at the end", async () => {
    const { world } = stage.clerk;
    const founder = world.addUser();
    const organizationId = world.addOrganization(founder);
    await stage.tell();
    const userId = world.addUser();
    const membership = world.addMembership({ organizationId, userId, role: "org:member" });
    const [made, joined] = world.events().slice(-2);
    // The membership comes first, alone.
    await stage.post(joined?.type ?? "", JSON.parse(joined?.body ?? "").data);
    const key = `grant-access/organization_membership/${String(membership["id"])}/+`;
    await until("the grant waits for its user", async () => {
      const { rows } = await sql`select from docket.job where key = ${key} and waiting = 'needs'`.execute(
        stage.database.db,
      );
      return rows.length > 0;
    });
    expect((await stage.noted("grant-access")).filter((it) => it["userId"] === userId)).toEqual([]);
    await stage.post(made?.type ?? "", JSON.parse(made?.body ?? "").data);
    await stage.notedWith("grant-access", (it) => it["userId"] === userId && it["role"] === "org:member");
    const text = `${userId} joined ${organizationId} as org:member`;
    await until("Slack is told", () =>
      stage.receiver.requests.find(({ json }) => (json as { text?: string })?.text === text),
    );
    await stage.post("organizationMembership.deleted", membership);
    await stage.notedWith("revoke-access", (it) => it["userId"] === userId);
  });

  test("asks Clerk for the user whose webhook never comes", async () => {
    const { world } = stage.clerk;
    const organizationId = world.addOrganization(world.addUser());
    await stage.tell();
    const userId = world.addUser();
    const membership = world.addMembership({ organizationId, userId, role: "org:member" });
    await stage.post("organizationMembership.created", membership);
    await stage.notedWith("grant-access", (it) => it["userId"] === userId);
    expect(stage.clerk.calls.some(({ path }) => path === `/users/${userId}`)).toBe(true);
    // Observed only: nobody is welcomed.
    expect(stage.sink.mails.filter(({ key }) => key === `welcome/user/${userId}`)).toEqual([]);
  }, 40_000);
});

describe("organizationInvitation.created", () => {
  test("reminds after its delay, unless it was accepted", async () => {
    const { world } = stage.clerk;
    const organizationId = world.addOrganization(world.addUser());
    const [waiting, accepted] = [world.addInvitation(organizationId), world.addInvitation(organizationId)];
    const atMs = Date.now();
    await stage.tell();
    expect(await stage.row("organization_invitations", waiting)).toMatchObject({ status: "pending" });
    world.change("organization_invitation", accepted, {
      fields: { status: "accepted" },
      type: "organizationInvitation.accepted",
    });
    await stage.tell();
    const mail = await stage.mailWith(`invitation-reminder/organization_invitation/${waiting}/+`);
    expect(Date.now() - atMs).toBeGreaterThan(1_900);
    expect(mail.subject).toBe("Your invitation is waiting");
    const { rows } = await sql<{ state: string }>`
      select state from docket.job where key = ${`invitation-reminder/organization_invitation/${accepted}/+`}`.execute(
      stage.database.db,
    );
    expect(rows[0]?.state).toBe("cancelled");
    expect(stage.sink.mails.filter(({ key }) => key.includes(accepted))).toEqual([]);
  });
});

describe("billing", () => {
  const payer = { id: "cpayer_1", user_id: "user_payer", email: "payer@example.com" };
  const item = (fields: JsonObject): JsonObject => {
    const nowMs = Date.now();
    const plan = { id: "cplan_1", slug: "pro", name: "Pro", is_recurring: true, amount: 1000, currency: "usd" };
    return {
      id: "csub_item_1",
      subscription_id: "csub_1",
      status: "active",
      plan_id: "cplan_1",
      plan,
      interval: "month",
      payer,
      period_start: nowMs,
      created_at: nowMs,
      updated_at: nowMs,
      ...fields,
    };
  };

  test("keeps entitlements, reminds of what is past due, and says when a trial ends", async () => {
    await stage.post("subscriptionItem.active", item({ period_end: Date.now() + 86_400_000 }));
    expect(await stage.notedWith("entitlements", ({ itemId }) => itemId === "csub_item_1")).toMatchObject({
      planSlug: "pro",
      isEntitled: true,
    });
    const nowMs = Date.now();
    await stage.post("subscription.pastDue", {
      id: "csub_1",
      status: "past_due",
      payer_id: "cpayer_1",
      payer,
      items: [],
      created_at: nowMs,
      updated_at: nowMs,
    });
    const dunned = await until("a dunning mail", () => stage.sink.mails.find(({ key }) => key.startsWith("dunning/")));
    expect(dunned).toMatchObject({ to: ["payer@example.com"], subject: "Your payment did not go through" });
    await stage.post(
      "subscriptionItem.freeTrialEnding",
      item({ id: "csub_item_2", is_free_trial: true, period_end: Date.now() + 3 * 86_400_000 }),
    );
    const ending = await stage.mailWith("trial-ending/subscription_item/csub_item_2");
    expect(ending.to).toEqual(["payer@example.com"]);
  });
});

describe("email.created that Clerk leaves to us", () => {
  test("is delivered with its code, which is nowhere before or after", async () => {
    const data = {
      id: "ema_1",
      object: "email",
      slug: "verification_code",
      status: "queued",
      user_id: null,
      to_email_address: "ada@example.com",
      from_email_name: "notifications",
      subject: "483920 is your verification code",
      body: "<p>483920</p>",
      body_plain: "483920",
      data: { otp_code: "483920" },
      delivered_by_clerk: false,
    };
    await stage.post("email.created", data);
    await stage.post("email.created", { ...data, id: "ema_2", delivered_by_clerk: true });
    const call = await stage.callWith("/courier", "deliver-message/message/ema_1/+");
    expect(call.json).toMatchObject({
      channel: "email",
      content: { subject: "483920 is your verification code", to_email_address: "ada@example.com" },
    });
    await until("the code is gone", async () => {
      const { rows } = await sql`
        select from docket.message_content union all select from docket.log where payload like '%483920%'
        union all select from docket.job where payload::text like '%483920%'
        union all select from clerk.messages where data::text like '%483920%'`.execute(stage.database.db);
      return rows.length === 0;
    });
    expect(stage.receiver.requests.filter(({ key }) => key.includes("ema_2"))).toEqual([]);
    expect(stage.docket.output()).not.toContain("483920");
  });
});
