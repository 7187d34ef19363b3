import { describe, expect, test } from "bun:test";
import { EPOCH_MS, INSTANCE_ID } from "../support/histories.ts";
import { permutations, subsets } from "../support/orders.ts";
import type { StoryMessage } from "../support/stories.ts";
import { storyWorldAfter, wantedIn } from "../support/story_world.ts";
import { wantedBy } from "../support/wanted_oracle.ts";

/** Alphabets with every kind of clash for edges: ties, two ids for one happening, snapshots, late news, both deaths. */
const ALPHABETS: Readonly<Record<string, readonly StoryMessage[]>> = {
  "one user": [
    live("user.created", "user_1", 0, "red"),
    live("user.updated", "user_1", 0, "green"),
    live("user.updated", "user_1", 2, "red"),
    live("user.updated", "user_1", 2, "blue"),
    { ...live("user.updated", "user_1", 2, "snapshot"), source: "api" },
    gone("user.deleted", "user_1", 1),
  ],
  "a membership and its parents": [
    live("organizationMembership.created", "orgmem_1", 0, "red", parents()),
    live("organizationMembership.updated", "orgmem_1", 2, "green", parents()),
    live("organizationMembership.deleted", "orgmem_1", 1, "blue", parents()),
    gone("organization.deleted", "org_1", 2),
    { ...gone("user.deleted", "user_1", 1), source: "api" },
    { ...live("organizationMembership.updated", "orgmem_1", 0, "snapshot", parents()), source: "api" },
  ],
  "a session and its user": [
    live("session.created", "sess_1", 0, "red", { user_id: "user_1", status: "active" }),
    live("session.ended", "sess_1", 2, "red", { user_id: "user_1", status: "ended" }),
    live("session.created", "sess_1", 3, "late", { user_id: "user_1", status: "active" }),
    {
      ...live("session.revoked", "sess_1", 1, "red", { user_id: "user_1", status: "revoked" }),
      receivedAtMs: EPOCH_MS + 999_999_999,
    },
    gone("user.deleted", "user_1", 4),
    gone("user.deleted", "user_1", 2),
  ],
};

const LENGTH_MAX = 5;

describe.each(Object.entries(ALPHABETS))("%s", (_name, alphabet) => {
  test.each(["erase", "keep"] as const)("every order of every small history ends in the same jobs (%s)", (onDelete) => {
    let orders = 0;
    for (const history of subsets(alphabet, LENGTH_MAX)) {
      const expected = wantedBy(history, onDelete);
      for (const order of permutations(history)) {
        const repeated = [...order, order[orders % order.length] as StoryMessage];
        expect(wantedIn(storyWorldAfter(repeated, onDelete))).toEqual(expected);
        orders += 1;
      }
    }
    expect(orders).toBe(1_236);
  });
});

function parents(): object {
  return { organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
}

function live(type: string, id: string, step: number, mark: string, fields: object = {}): StoryMessage {
  const updated_at = EPOCH_MS + step;
  const data = { id, created_at: EPOCH_MS, updated_at, public_metadata: { mark }, first_name: mark, ...fields };
  const envelope = { type, instance_id: INSTANCE_ID, timestamp: updated_at + 1, data };
  return { svixId: `msg_${type}_${step}_${mark}`, envelope, source: "webhook", receivedAtMs: EPOCH_MS + 10 - step };
}

function gone(type: string, id: string, step: number): StoryMessage {
  const { envelope, ...rest } = live(type, id, step, "gone");
  return { ...rest, svixId: `msg_${id}_${step}`, envelope: { ...envelope, data: { id, deleted: true } } };
}
