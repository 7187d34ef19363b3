import { describe, expect, test } from "bun:test";
import { job, jobsOf, policy } from "../../src/core/mod.ts";
import { gone, told, worldOf } from "../support/examples.ts";
import { EPOCH_MS } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

describe("a level-triggered policy", () => {
  const limit = policy("limit", { kind: "session", level: true }, ({ after }) =>
    after._tag === "Live" ? [job("clerk", { max: 3 }, { subject: [{ kind: "user", id: after.value.userId }] })] : [],
  );
  const session = (id: string, step: number, userId = "user_1"): StoryMessage =>
    told("session.created", step, { user_id: userId }, id, id);

  test("is armed under its subject alone, once for many changes, in any order", () => {
    const messages = [
      session("sess_1", 1),
      session("sess_2", 5),
      session("sess_3", 3, "user_2"),
      gone("user.deleted", 9),
    ];
    for (const order of [messages, messages.toReversed()]) {
      const { armed } = worldOf([limit], order);
      expect([...armed.keys()].sort()).toEqual(["limit/user/user_1", "limit/user/user_2"]);
      expect(armed.get("limit/user/user_1")?.asOfMs).toBe(EPOCH_MS + 5);
      expect(jobsOf(worldOf([limit], order))).toEqual([]);
    }
  });

  test("may be about a pair, since a member who returns has another membership", () => {
    const pair = policy("access", { kind: "organization_membership", level: true }, ({ after }) =>
      after.value === null || after.value?.userId == null
        ? []
        : [
            job("sync", null, {
              subject: [
                { kind: "organization", id: after.value.organizationId },
                { kind: "user", id: after.value.userId },
              ],
            }),
          ],
    );
    const parents = { organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
    const messages = ["orgmem_1", "orgmem_2"].map((id) => told("organizationMembership.created", 1, parents, id, id));
    expect([...worldOf([pair], messages).armed.keys()]).toEqual(["access/organization/org_1/user/user_1"]);
  });

  test("of no proper subject is at fault", () => {
    const bad = policy("bad", { kind: "session", level: true }, () => [job("clerk", 1, { subject: [] })]);
    expect(worldOf([bad], [session("sess_1", 1)]).planFaults.size).toBe(1);
  });
});
