import { describe, expect, test } from "bun:test";
import { expectRows } from "../support/expect_rows.ts";
import { EPOCH_MS, INSTANCE_ID, type WireMessage } from "../support/histories.ts";
import { rowsOfWorld, worldAfter } from "../support/mirror.ts";
import { expectedRows } from "../support/oracle.ts";
import { permutations, subsets } from "../support/orders.ts";

/** Alphabets with every kind of clash in them: ties, late events, deletions before and after, parents late and early. */
const ALPHABETS: Readonly<Record<string, readonly WireMessage[]>> = {
  "one user": [
    live("user.created", "user_1", 0),
    live("user.updated", "user_1", 0),
    live("user.updated", "user_1", 2),
    live("user.updated", "user_1", 2, "tie"),
    gone("user.deleted", "user_1", 1),
    gone("user.deleted", "user_1", 3),
  ],
  "a membership and its parents": [
    membership("organizationMembership.created", 0, "org_1"),
    membership("organizationMembership.updated", 1, "org_2"),
    membership("organizationMembership.deleted", 1, "org_1"),
    live("organization.created", "org_1", 0),
    gone("organization.deleted", "org_1", 2),
    gone("user.deleted", "user_1", 1),
  ],
  "a session and its user": [
    live("user.created", "user_1", 0),
    live("session.created", "sess_1", 1, "one", { user_id: "user_1" }),
    live("session.ended", "sess_1", 2, "two", { user_id: "user_1" }),
    live("user.updated", "user_1", 3),
    gone("user.deleted", "user_1", 2),
    gone("user.deleted", "user_1", 1),
  ],
};

const LENGTH_MAX = 5;

describe.each(Object.entries(ALPHABETS))("%s", (_name, alphabet) => {
  test.each(["erase", "keep"] as const)(
    "every order of every small history ends in the same tables (%s)",
    (onDelete) => {
      let orders = 0;
      for (const history of subsets(alphabet, LENGTH_MAX)) {
        const expected = expectedRows(history, { onDelete });
        for (const order of permutations(history)) {
          const repeated = [...order, order[orders % order.length] as WireMessage];
          expectRows(rowsOfWorld(worldAfter(repeated, onDelete)), expected);
          orders += 1;
        }
      }
      expect(orders).toBe(1_236);
    },
  );
});

function live(
  type: string,
  id: string,
  step: number,
  mark = "one",
  fields: Readonly<Record<string, unknown>> = {},
): WireMessage {
  const updated_at = EPOCH_MS + step;
  const data = { id, created_at: EPOCH_MS, updated_at, public_metadata: { mark }, ...fields };
  return {
    svixId: `msg_${type}_${step}_${mark}`,
    envelope: { type, instance_id: INSTANCE_ID, timestamp: updated_at + 1, data },
  };
}

function gone(type: string, id: string, step: number): WireMessage {
  const envelope = { type, instance_id: INSTANCE_ID, timestamp: EPOCH_MS + step, data: { id, deleted: true } };
  return { svixId: `msg_${type}_${id}_${step}`, envelope };
}

function membership(type: string, step: number, organizationId: string): WireMessage {
  const parents = { organization: { id: organizationId }, public_user_data: { user_id: "user_1" } };
  return live(type, "orgmem_1", step, "one", parents);
}
