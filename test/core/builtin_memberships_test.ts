import { describe, expect, test } from "bun:test";
import { builtin } from "../../src/core/builtin.ts";
import { DAY_MS, message, observed, onlyJob, shownJobs, states } from "../support/builtins.ts";
import { EPOCH_MS } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

const joined = member("created", 0, "org:member");
const promoted = member("updated", 20, "org:admin");
const left = member("deleted", 40, "org:admin");
const ids = { membershipId: "orgmem_1", organizationId: "org_1", userId: "user_1" };

function member(event: string, seconds: number, role: string): StoryMessage {
  const of = { organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
  return message(`organizationMembership.${event}`, seconds, { id: "orgmem_1", role, ...of });
}

function keyOf(policy: string, intent: string): string {
  return `${policy}/organization_membership/orgmem_1/${intent}`;
}

function intentAt(seconds: number): string {
  return `${EPOCH_MS + seconds * 1_000}/organizationMembership.updated`;
}

describe("grantAccess()", () => {
  const policy = builtin.grantAccess({ handler: "sql", extra: { function: "app.grant" } });

  test("plans for a new member and for another role", () => {
    const same = member("updated", 30, "org:admin");
    expect(shownJobs(policy, [joined, promoted, same])).toEqual(
      [
        {
          key: keyOf("grant-access", "+"),
          state: "planned",
          payload: { function: "app.grant", ...ids, role: "org:member", asOfMs: EPOCH_MS },
        },
        {
          key: keyOf("grant-access", intentAt(20)),
          state: "planned",
          payload: { function: "app.grant", ...ids, role: "org:admin", asOfMs: EPOCH_MS + 20_000 },
        },
      ].sort((a, b) => (a.key < b.key ? -1 : 1)) as never,
    );
  });

  test("waits until user and organization are on file", () => {
    expect(onlyJob(policy, [joined]).needs).toEqual([
      { kind: "organization", id: "org_1" },
      { kind: "user", id: "user_1" },
    ]);
  });

  test("is cancelled by the end, the member's own or a parent's", () => {
    for (const type of ["user", "organization"] as const) {
      const gone = message(`${type}.deleted`, 30, { id: type === "user" ? "user_1" : "org_1" });
      expect(states(shownJobs(policy, [joined, gone]))).toEqual({ [keyOf("grant-access", "+")]: "cancelled" });
    }
    expect(states(shownJobs(policy, [left, joined]))).toEqual({ [keyOf("grant-access", "+")]: "cancelled" });
  });

  test("moves to the change of role that a late message tells of", () => {
    const earlier = member("updated", 10, "org:admin");
    expect(states(shownJobs(policy, [joined, promoted, earlier]))).toEqual({
      [keyOf("grant-access", "+")]: "planned",
      [keyOf("grant-access", intentAt(10))]: "planned",
      [keyOf("grant-access", intentAt(20))]: "withdrawn",
    });
  });
});

describe("revokeAccess()", () => {
  const policy = builtin.revokeAccess({ handler: "sql" });
  const key = keyOf("revoke-access", "-");

  test("plans on the end, also of a membership whose creation was never seen", () => {
    expect(shownJobs(policy, [joined, promoted])).toEqual([]);
    const end = { key, state: "planned", payload: { ...ids, role: "org:admin", asOfMs: EPOCH_MS + 40_000 } } as const;
    expect(shownJobs(policy, [left])).toEqual([end]);
    expect(shownJobs(policy, [joined, promoted, left])).toEqual([end]);
    expect(onlyJob(policy, [joined, left]).needs).toEqual([]);
  });

  test("is one job for its own deletion, its user's and its organization's", () => {
    const user = message("user.deleted", 50, { id: "user_1" });
    const organization = message("organization.deleted", 60, { id: "org_1" });
    expect(shownJobs(policy, [joined, organization, user, left])).toHaveLength(1);
    expect(shownJobs(policy, [user, joined], "erase")).toMatchObject([
      { key, payload: { ...ids, role: "org:member" } },
    ]);
  });

  test("plans for what was received late, or only observed", () => {
    expect(shownJobs(policy, [{ ...left, receivedAtMs: left.receivedAtMs + 99 * DAY_MS }])).toHaveLength(1);
    expect(shownJobs(policy, [joined, observed(left)])).toHaveLength(1);
  });
});

describe("notify()", () => {
  test("plans for who joined, has another role, or left", () => {
    const happenings = shownJobs(builtin.notify(), [joined, promoted, left]).map(({ key, state, payload }) => ({
      key,
      state,
      text: (payload as { text?: unknown }).text,
    }));
    expect(happenings).toEqual(
      [
        { key: keyOf("notify", "+"), state: "cancelled" as const, text: "user_1 joined org_1 as org:member" },
        { key: keyOf("notify", "-"), state: "planned" as const, text: "user_1 left org_1" },
        { key: keyOf("notify", intentAt(20)), state: "cancelled" as const, text: "user_1 is now org:admin in org_1" },
      ].sort((a, b) => (a.key < b.key ? -1 : 1)),
    );
  });

  test("goes to Slack, unless you name a handler", () => {
    expect(onlyJob(builtin.notify(), [joined])).toMatchObject({
      handler: "slack",
      payload: { ...ids, happening: "joined" },
    });
    expect(onlyJob(builtin.notify({ handler: "teams" }), [joined]).handler).toBe("teams");
  });
});
