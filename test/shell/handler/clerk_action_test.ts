import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { Json, JsonObject } from "../../../src/core/mod.ts";
import type { ClerkFailure } from "../../../src/shell/clerk/clerk_failure.ts";
import { JOB_KEY, runClerkJob } from "../../support/clerk_job.ts";
import type { FakeKind } from "../../support/fake_clerk/world.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";

let clerk: FakeClerk = startFakeClerk();
beforeEach(async () => {
  await clerk[Symbol.asyncDispose]();
  clerk = startFakeClerk();
});
afterAll(() => clerk[Symbol.asyncDispose]());

function act(payload: Json): Promise<ClerkFailure | null> {
  return runClerkJob(clerk, payload);
}

/** What was told since, as types. */
function told(since: number): readonly string[] {
  return clerk.world
    .events()
    .slice(since)
    .map(({ type }) => type);
}

function field(kind: FakeKind, id: string, name: string): Json | undefined {
  return clerk.world.get(kind, id)?.[name];
}

interface Scene {
  readonly founder: string;
  readonly member: string;
  readonly organizationId: string;
  readonly invitationId: string;
  readonly sessionId: string;
}

function scene(): Scene {
  const founder = clerk.world.addUser();
  const member = clerk.world.addUser();
  const organizationId = clerk.world.addOrganization(founder);
  clerk.world.addMembership({ organizationId, userId: member, role: "org:member" });
  const invitationId = clerk.world.addInvitation(organizationId);
  return { founder, member, organizationId, invitationId, sessionId: clerk.world.addSession(member) };
}

function roleOf({ member, organizationId }: Scene): Json | undefined {
  return clerk.world.all("organization_membership").find((it) => {
    const [organization, person] = [it["organization"] as JsonObject, it["public_user_data"] as JsonObject];
    return organization["id"] === organizationId && person["user_id"] === member;
  })?.["role"];
}

/** Each action on its scene, what it must come to, and what Clerk then tells. */
const CASES: readonly {
  readonly action: string;
  readonly payload: (scene: Scene) => JsonObject;
  readonly isDone: (scene: Scene) => boolean;
  readonly tells: readonly string[];
}[] = [
  {
    action: "revoke-session",
    payload: ({ sessionId }) => ({ sessionId }),
    isDone: ({ sessionId }) => field("session", sessionId, "status") === "revoked",
    tells: ["session.revoked"],
  },
  {
    action: "revoke-sessions",
    payload: ({ member }) => ({ userId: member }),
    isDone: ({ sessionId }) => field("session", sessionId, "status") === "revoked",
    tells: ["session.revoked"],
  },
  {
    action: "limit-sessions",
    payload: ({ member }) => ({ userId: member, max: 0 }),
    isDone: ({ sessionId }) => field("session", sessionId, "status") === "revoked",
    tells: ["session.revoked"],
  },
  {
    action: "ban",
    payload: ({ member }) => ({ userId: member }),
    isDone: ({ member }) => field("user", member, "banned") === true,
    tells: ["user.updated", "session.revoked"],
  },
  {
    action: "unban",
    payload: ({ member }) => ({ userId: member }),
    isDone: ({ member }) => field("user", member, "banned") === false,
    tells: ["user.updated"],
  },
  {
    action: "lock",
    payload: ({ member }) => ({ userId: member }),
    isDone: ({ member }) => field("user", member, "locked") === true,
    tells: ["user.updated"],
  },
  {
    action: "unlock",
    payload: ({ member }) => ({ userId: member }),
    isDone: ({ member }) => field("user", member, "locked") === false,
    tells: ["user.updated"],
  },
  {
    action: "delete-user",
    payload: ({ member }) => ({ userId: member }),
    isDone: ({ member }) => clerk.world.get("user", member) === undefined,
    tells: ["user.deleted"],
  },
  {
    action: "update-metadata",
    payload: ({ member }) => ({ userId: member, publicMetadata: { plan: { name: "pro" } } }),
    isDone: ({ member }) => Bun.deepEquals(field("user", member, "public_metadata"), { plan: { name: "pro" } }),
    tells: ["user.updated"],
  },
  {
    action: "update-metadata",
    payload: ({ organizationId }) => ({ organizationId, privateMetadata: { seats: 3 } }),
    isDone: ({ organizationId }) =>
      Bun.deepEquals(field("organization", organizationId, "private_metadata"), { seats: 3 }),
    tells: ["organization.updated"],
  },
  {
    action: "set-role",
    payload: ({ member, organizationId }) => ({ organizationId, userId: member, role: "org:admin" }),
    isDone: (it) => roleOf(it) === "org:admin",
    tells: ["organizationMembership.updated"],
  },
  {
    action: "create-membership",
    payload: ({ member, organizationId }) => ({ organizationId, userId: member, role: "org:member" }),
    isDone: (it) => roleOf(it) === "org:member",
    tells: [],
  },
  {
    action: "delete-membership",
    payload: ({ member, organizationId }) => ({ organizationId, userId: member }),
    isDone: (it) => roleOf(it) === undefined,
    tells: ["organizationMembership.deleted"],
  },
  {
    action: "revoke-invitation",
    payload: ({ organizationId, invitationId }) => ({ organizationId, invitationId }),
    isDone: ({ invitationId }) => field("organization_invitation", invitationId, "status") === "revoked",
    tells: ["organizationInvitation.revoked"],
  },
  {
    action: "delete-organization",
    payload: ({ organizationId }) => ({ organizationId }),
    isDone: ({ organizationId }) => clerk.world.get("organization", organizationId) === undefined,
    tells: ["organization.deleted"],
  },
];

describe("clerkHandler()", () => {
  test.each(CASES)("does $action, and again without harm", async ({ action, payload, isDone, tells }) => {
    const it = scene();
    const since = clerk.world.events().length;
    const job = { action, ...payload(it) };
    expect(await act(job)).toBeNull();
    expect(isDone(it)).toBe(true);
    expect(told(since)).toEqual(tells);
    expect(await act(job)).toBeNull();
    expect(isDone(it)).toBe(true);
    expect(told(since).filter((type) => type.endsWith(".deleted") || type.endsWith(".revoked"))).toEqual(
      tells.filter((type) => type.endsWith(".deleted") || type.endsWith(".revoked")),
    );
  });

  test.each(CASES)("gets $action done though the first answer is lost", async ({ action, payload, isDone }) => {
    const it = scene();
    const job = { action, ...payload(it) };
    for (const method of ["POST", "PATCH", "DELETE"]) clerk.fail({ _tag: "Drop", done: true }, { method });
    expect(await act(job)).toMatchObject({ _tag: "TransientFailure", message: "Cannot reach Clerk: ECONNRESET" });
    expect(await act(job)).toBeNull();
    expect(isDone(it)).toBe(true);
  });

  test.each(CASES)("waits with $action for as long as Clerk asks", async ({ action, payload }) => {
    const job = { action, ...payload(scene()) };
    clerk.fail({ _tag: "Refuse", status: 429, code: "rate_limit_exceeded", retryAfterSeconds: 3 });
    expect(await act(job)).toMatchObject({ _tag: "RateLimited", retryAfterMs: 3_000 });
  });

  test.each(CASES)("tries $action later without a key, and says what is missing", async ({ action, payload }) => {
    const failure = await runClerkJob({ url: clerk.url, secretKey: undefined }, { action, ...payload(scene()) });
    expect(failure).toMatchObject({ _tag: "TransientFailure" });
    expect(failure?.message).toStartWith("CLERK_SECRET_KEY is not set");
    expect(clerk.calls).toEqual([]);
  });

  test.each(CASES)("never runs $action without its fields", async ({ action, payload }) => {
    for (const name of Object.keys(payload(scene()))) {
      const failure = await act({ action, ...payload(scene()), [name]: null });
      expect(failure?._tag).toBe("PermanentFailure");
      expect(failure?.message).toContain(`payload.${name}: expected`);
    }
    expect(await act({ action })).toMatchObject({ _tag: "PermanentFailure" });
    expect(clerk.calls).toEqual([]);
  });

  test.each([
    { action: "revoke-session", payload: { sessionId: "sess_gone" } },
    { action: "revoke-sessions", payload: { userId: "user_gone" } },
    { action: "limit-sessions", payload: { userId: "user_gone", max: 1 } },
    { action: "ban", payload: { userId: "user_gone" } },
    { action: "lock", payload: { userId: "user_gone" } },
    { action: "delete-user", payload: { userId: "user_gone" } },
    { action: "delete-membership", payload: { organizationId: "org_gone", userId: "user_gone" } },
    { action: "revoke-invitation", payload: { organizationId: "org_gone", invitationId: "orginv_gone" } },
    { action: "delete-organization", payload: { organizationId: "org_gone" } },
  ])("takes $action of what is gone for done", async ({ action, payload }) => {
    expect(await act({ action, ...payload })).toBeNull();
  });

  test.each([
    { action: "unban", payload: { userId: "user_gone" }, what: "user" },
    { action: "unlock", payload: { userId: "user_gone" }, what: "user" },
    { action: "update-metadata", payload: { userId: "user_gone", publicMetadata: {} }, what: "user" },
    { action: "update-metadata", payload: { organizationId: "org_gone", publicMetadata: {} }, what: "organization" },
    { action: "set-role", payload: { organizationId: "org_1", userId: "user_1", role: "org:admin" }, what: "member" },
    {
      action: "create-membership",
      payload: { organizationId: "org_1", userId: "user_1", role: "org:admin" },
      what: "organization or user",
    },
  ])("gives up $action of a $what that is gone", async ({ action, payload, what }) => {
    const failure = await act({ action, ...payload });
    expect(failure?._tag).toBe("PermanentFailure");
    expect(failure?.message).toStartWith(`Clerk has no such ${what}: Clerk answered 404 resource_not_found`);
  });

  test.each(["revoke-session", "ban", "unban", "lock", "unlock"])(
    "asks how things are when Clerk refuses %s",
    async (action) => {
      const { member: userId, sessionId } = scene();
      const refusal = { _tag: "Refuse", status: 400, code: "no_need" } as const;
      const isSoFirst = action.startsWith("un");
      clerk.fail(refusal, { method: "POST" });
      const first = await act({ action, userId, sessionId });
      if (isSoFirst) expect(first).toBeNull();
      else expect(first).toMatchObject({ _tag: "PermanentFailure", message: expect.stringContaining("400 no_need") });
      await act({ action: action.replace("un", ""), userId, sessionId });
      clerk.fail(refusal, { method: "POST" });
      const second = await act({ action, userId, sessionId });
      expect(second === null).toBe(!isSoFirst);
    },
  );

  test("refuses what is no action, and names those there are", async () => {
    for (const payload of [{ action: "revoke" }, {}, null, "ban", ["ban"], { action: "__proto__" }]) {
      const failure = await act(payload);
      expect(failure?._tag).toBe("PermanentFailure");
      expect(failure?.message).toStartWith("payload.action: expected one of revoke-session, revoke-sessions, limit-");
    }
  });

  test("refuses ids that would turn a request elsewhere", async () => {
    const { organizationId } = scene();
    const failure = await act({ action: "delete-membership", organizationId, userId: ".." });
    expect(failure).toMatchObject({
      _tag: "PermanentFailure",
      message: "payload.userId: expected an id of Clerk's, got a string",
    });
    expect(clerk.world.get("organization", organizationId)).toBeDefined();
  });

  test("sends the job's key, one of its own for each session", async () => {
    const { member: userId, sessionId } = scene();
    await act({ action: "lock", userId });
    await act({ action: "revoke-sessions", userId });
    const keys = clerk.calls.flatMap(({ headers }) => headers["idempotency-key"] ?? []);
    expect(keys).toEqual([JOB_KEY, `${JOB_KEY}/${sessionId}`]);
  });
});
