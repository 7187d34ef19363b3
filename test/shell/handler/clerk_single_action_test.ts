import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { Json } from "../../../src/core/mod.ts";
import type { ClerkFailure } from "../../../src/shell/clerk/clerk_failure.ts";
import { runClerkJob } from "../../support/clerk_job.ts";
import type { FakeKind } from "../../support/fake_clerk/world.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";

/** What single actions of the handler `clerk` do besides what all of them do. */

let clerk: FakeClerk = startFakeClerk();
beforeEach(async () => {
  await clerk[Symbol.asyncDispose]();
  clerk = startFakeClerk();
});
afterAll(() => clerk[Symbol.asyncDispose]());

function act(payload: Json): Promise<ClerkFailure | null> {
  return runClerkJob(clerk, payload);
}

function field(kind: FakeKind, id: string, name: string): Json | undefined {
  return clerk.world.get(kind, id)?.[name];
}

function changesAsked(): readonly string[] {
  return clerk.calls.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
}

function inOrganization(): {
  readonly founder: string;
  readonly member: string;
  readonly organizationId: string;
  readonly invitationId: string;
} {
  const founder = clerk.world.addUser();
  const member = clerk.world.addUser();
  const organizationId = clerk.world.addOrganization(founder);
  clerk.world.addMembership({ organizationId, userId: member, role: "org:member" });
  return { founder, member, organizationId, invitationId: clerk.world.addInvitation(organizationId) };
}

describe("limit-sessions", () => {
  test("leaves the newest, as Clerk has them when it runs", async () => {
    const userId = clerk.world.addUser();
    const ids = Array.from({ length: 5 }, () => clerk.world.addSession(userId));
    const other = clerk.world.addSession(clerk.world.addUser());
    expect(await act({ action: "limit-sessions", userId, max: 2 })).toBeNull();
    expect(ids.map((id) => field("session", id, "status"))).toEqual([
      "revoked",
      "revoked",
      "revoked",
      "active",
      "active",
    ]);
    expect(field("session", other, "status")).toBe("active");
    expect(await act({ action: "limit-sessions", userId, max: 2 })).toBeNull();
    expect(changesAsked().length).toBe(3);
  });

  test("counts no session that ended or expired without a word, nor one of support", async () => {
    const userId = clerk.world.addUser();
    const first = clerk.world.addSession(userId);
    for (const status of ["expired", "abandoned", "ended"]) clerk.world.addSession(userId, { status });
    clerk.world.addSession(userId, { actor: { sub: "user_support" } });
    const pending = clerk.world.addSession(userId, { status: "pending" });
    expect(await act({ action: "limit-sessions", userId, max: 2 })).toBeNull();
    expect(changesAsked()).toEqual([]);
    expect(await act({ action: "limit-sessions", userId, max: 1 })).toBeNull();
    expect(changesAsked()).toEqual([`POST /sessions/${first}/revoke`]);
    expect(field("session", pending, "status")).toBe("pending");
  });

  test("finds the old ones behind a full page of newer", async () => {
    const userId = clerk.world.addUser();
    const oldest = clerk.world.addSession(userId);
    for (let count = 0; count < 500; count += 1) clerk.world.addSession(userId, { status: "ended" });
    clerk.world.addSession(userId);
    expect(await act({ action: "limit-sessions", userId, max: 1 })).toBeNull();
    expect(field("session", oldest, "status")).toBe("revoked");
    expect(clerk.calls.filter(({ path }) => path === "/sessions").map(({ query }) => query["offset"])).toEqual([
      "0",
      "500",
    ]);
  });

  test("is done for a user whose sessions Clerk will not list for want of the user", async () => {
    clerk.fail({ _tag: "Refuse", status: 404, code: "resource_not_found" }, { path: /^\/sessions$/ });
    expect(await act({ action: "limit-sessions", userId: "user_gone", max: 1 })).toBeNull();
  });
});

describe("revoke-sessions", () => {
  test("ends all that are open, support's too, and asks nothing for the others", async () => {
    const userId = clerk.world.addUser();
    for (const status of ["ended", "expired", "revoked"]) clerk.world.addSession(userId, { status });
    const open = [
      clerk.world.addSession(userId),
      clerk.world.addSession(userId, { status: "pending" }),
      clerk.world.addSession(userId, { actor: { sub: "user_support" } }),
    ];
    expect(await act({ action: "revoke-sessions", userId })).toBeNull();
    expect(changesAsked().toSorted()).toEqual(open.map((id) => `POST /sessions/${id}/revoke`).toSorted());
  });

  test("revokes the others when one is refused, and fails with what a retry may help", async () => {
    const userId = clerk.world.addUser();
    const ids = Array.from({ length: 3 }, () => clerk.world.addSession(userId));
    clerk.fail({ _tag: "Refuse", status: 400, code: "no" }, { path: new RegExp(`${ids[2]}/revoke`) });
    clerk.fail({ _tag: "Refuse", status: 500, code: "oops" }, { path: new RegExp(`${ids[1]}/revoke`) });
    const failure = await act({ action: "revoke-sessions", userId });
    expect(failure).toMatchObject({ _tag: "TransientFailure", message: expect.stringContaining("500 oops") });
    expect(ids.map((id) => field("session", id, "status"))).toEqual(["revoked", "active", "active"]);
    expect(await act({ action: "revoke-sessions", userId })).toBeNull();
    expect(ids.map((id) => field("session", id, "status"))).toEqual(["revoked", "revoked", "revoked"]);
  });
});

describe("the rest", () => {
  test("update-metadata merges at every level, and takes away what is null", async () => {
    const userId = clerk.world.addUser({ public_metadata: { plan: { name: "free", since: 2024 }, beta: true } });
    const publicMetadata = { plan: { name: "pro" }, beta: null };
    const unsafeMetadata = { theme: "dark" };
    expect(await act({ action: "update-metadata", userId, publicMetadata, unsafeMetadata })).toBeNull();
    expect(field("user", userId, "public_metadata")).toEqual({ plan: { name: "pro", since: 2024 } });
    expect(field("user", userId, "unsafe_metadata")).toEqual({ theme: "dark" });
    expect(clerk.calls[0]?.body).toEqual({ public_metadata: publicMetadata, unsafe_metadata: unsafeMetadata });
  });

  test.each([
    [{ publicMetadata: {} }, "payload: expected either userId or organizationId"],
    [
      { userId: "user_1", organizationId: "org_1", publicMetadata: {} },
      "payload: expected either userId or organizationId",
    ],
    [{ organizationId: "org_1", unsafeMetadata: {} }, "payload: unsafeMetadata: only users have it"],
    [{ userId: "user_1" }, "payload: expected publicMetadata, privateMetadata or unsafeMetadata"],
    [{ userId: "user_1", publicMetadata: [] }, "payload.publicMetadata: expected an object, got a list"],
  ])("update-metadata refuses %j", async (fields, message) => {
    expect(await act({ action: "update-metadata", ...fields })).toMatchObject({ _tag: "PermanentFailure", message });
  });

  test("an invitation that was accepted can't be revoked, one that expired need not be", async () => {
    const { organizationId, invitationId } = inOrganization();
    const job = { action: "revoke-invitation", organizationId, invitationId };
    const become = (status: string) =>
      clerk.world.change("organization_invitation", invitationId, { fields: { status }, type: "told" });
    become("accepted");
    expect(await act(job)).toMatchObject({
      _tag: "PermanentFailure",
      message: expect.stringMatching(
        /^Clerk answered 404 organization_invitation_not_pending.*: the invitation is accepted$/,
      ),
    });
    become("expired");
    expect(await act(job)).toBeNull();
  });

  test("the last who may run an organization can be neither removed nor demoted", async () => {
    const { founder: userId, organizationId } = inOrganization();
    const code = expect.stringContaining("organization_minimum_permissions_needed");
    const refusal = { _tag: "PermanentFailure", message: code };
    expect(await act({ action: "delete-membership", organizationId, userId })).toMatchObject(refusal);
    expect(await act({ action: "set-role", organizationId, userId, role: "org:member" })).toMatchObject(refusal);
  });

  test("set-role says which field is wrong when there is no such role", async () => {
    const { member: userId, organizationId } = inOrganization();
    const failure = await act({ action: "set-role", organizationId, userId, role: "org:boss" });
    expect(failure).toMatchObject({ _tag: "PermanentFailure", message: expect.stringContaining("of role") });
  });
});
