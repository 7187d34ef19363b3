import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { type PolicyStage, startPolicyStage } from "../support/policy_stage.ts";
import { until } from "../support/stage.ts";

/**
 * Goal: each use of the design's table of policies, from the signed webhook to the receiver: a mail in the sink, a call at
 * the receiver or at Clerk, a row in the database. Clerk's messages come shuffled and twice.
 */

let stage: PolicyStage;
beforeAll(async () => {
  stage = await startPolicyStage();
}, 60_000);
afterAll(() => stage[Symbol.asyncDispose](), 60_000);

function emailOf(userId: string): string {
  const user = stage.clerk.world.get("user", userId) as { email_addresses: { email_address: string }[] } | undefined;
  return user?.email_addresses[0]?.email_address ?? "";
}

async function isActive(sessionId: string): Promise<unknown> {
  return (await fetch(`${stage.docket.url}/v1/sessions/${sessionId}/active`)).json();
}

describe("user.created", () => {
  test("makes the profile row, one welcome mail and the provisioned account", async () => {
    const { world } = stage.clerk;
    const id = world.addUser();
    await stage.tell();
    const mail = await stage.mailWith(`welcome/user/${id}`);
    expect(mail).toMatchObject({ to: [emailOf(id)], subject: "Welcome" });
    expect(await stage.notedWith("provision", ({ userId }) => userId === id)).toMatchObject({ email: emailOf(id) });
    expect(await stage.row("users", id)).toMatchObject({ primary_email_address: emailOf(id), deleted_at: null });
    await stage.tell();
    expect(stage.sink.mails.filter(({ key }) => key === `welcome/user/${id}`)).toHaveLength(1);
  });
});

describe("user.updated", () => {
  test("changes the row, tells of permissions, and is in the change log", async () => {
    const { world } = stage.clerk;
    const id = world.addUser();
    await stage.tell();
    world.change("user", id, { fields: { banned: true, public_metadata: { role: "admin" } }, type: "user.updated" });
    await stage.tell();
    const told = await stage.hooked(new RegExp(`^permissions/user/${id}/\\d+/user.updated$`));
    expect(told).toMatchObject({ userId: id, changed: { banned: true, "publicMetadata.role": "admin" } });
    expect(await stage.row("users", id)).toMatchObject({ banned: true });
    const { rows } = await sql`
      select after from clerk.changes where entity_id = ${id} and path = 'banned'`.execute(stage.database.db);
    expect([...rows]).toEqual([{ after: true }]);
  });
});

describe("user.deleted", () => {
  test("ends the row and its children, cleans up, cancels subscriptions, archives, and erases when that is done", async () => {
    const { world } = stage.clerk;
    const id = world.addUser();
    const session = world.addSession(id);
    await stage.tell();
    await stage.mailWith(`welcome/user/${id}`);
    const email = emailOf(id);
    await stage.post("user.deleted", { id, deleted: true, object: "user" });
    expect(await stage.hooked(`cleanup/user/${id}/-`)).toMatchObject({ userId: id });
    expect((await stage.callWith("/billing", `cancel-subscriptions/user/${id}/-`)).json).toMatchObject({ userId: id });
    expect(await stage.hooked(`archive/user/${id}/-`)).toMatchObject({ userId: id });
    expect((await stage.row("sessions", session))?.["deleted_at"]).not.toBeNull();
    await until("the personal data is gone", async () => {
      const { rows } = await sql<{ text: string }>`
        select payload as text from docket.log where entity_id = ${id}
        union all select payload::text from docket.job where entity = ${id}
        union all select to_jsonb(u)::text from clerk.users u where id = ${id}
        union all select coalesce(after::text, '') || coalesce(before::text, '') from clerk.changes where entity_id = ${id}`.execute(
        stage.database.db,
      );
      return rows.length > 2 && !rows.some(({ text }) => text.includes(email));
    });
  });
});

describe("session.created", () => {
  test("is in the activity log, is the last sign-in, and over the limit revokes the oldest at Clerk", async () => {
    const { world } = stage.clerk;
    const id = world.addUser();
    const sessions = [world.addSession(id), world.addSession(id), world.addSession(id)];
    await stage.tell();
    const status = (session: string | undefined): unknown => world.get("session", session ?? "")?.["status"];
    await until("the oldest is revoked", () => status(sessions[0]) === "revoked");
    expect(sessions.slice(1).map(status)).toEqual(["active", "active"]);
    await stage.notedWith(
      "activity-log",
      ({ sessionId, activity }) => sessionId === sessions[2] && activity === "began",
    );
    const signedInAt = (await stage.row("users", id))?.["last_sign_in_at"] as unknown as Date;
    expect(signedInAt.getTime()).toBe(Number(world.get("session", sessions[2] ?? "")?.["created_at"]));
    await stage.tell();
    expect(await stage.row("sessions", sessions[0] ?? "")).toMatchObject({ status: "revoked" });
  });
});

describe("session.ended", () => {
  test("is in the activity log and cleans up", async () => {
    const { world } = stage.clerk;
    const session = world.addSession(world.addUser());
    world.change("session", session, { fields: { status: "ended" }, type: "session.ended" });
    await stage.tell();
    expect(await stage.hooked(new RegExp(`^session-cleanup/session/${session}/`))).toMatchObject({ status: "ended" });
    await stage.notedWith("activity-log", ({ sessionId, activity }) => sessionId === session && activity === "ended");
  });
});

describe("session.revoked and session.removed", () => {
  test.each(["revoked", "removed"])(
    "%s: is not active any more at once, asks for a new sign-in, is in the audit",
    async (status) => {
      const { world } = stage.clerk;
      const user = world.addUser();
      const session = world.addSession(user);
      await stage.tell();
      expect(await isActive(session)).toMatchObject({ active: true, userId: user });
      world.change("session", session, { fields: { status }, type: `session.${status}` });
      await stage.tell();
      expect(await isActive(session)).toMatchObject({ active: false, status });
      expect(await stage.hooked(new RegExp(`^force-reauth/session/${session}/`))).toMatchObject({
        sessionId: session,
        status,
      });
      await stage.notedWith("security-audit", (it) => it["sessionId"] === session && it["status"] === status);
    },
  );
});
