import { describe, expect, test } from "bun:test";
import {
  answerOf,
  consult,
  emptyWorld,
  type InstanceGuard,
  type Message,
  receive,
  reduce,
  type World,
} from "../../src/core/mod.ts";
import { CLERK_EXAMPLE_INSTANCE_ID } from "../../src/shell/instance.ts";
import { EPOCH_MS, INSTANCE_ID, type WireMessage } from "../support/histories.ts";
import { decodeWire } from "../support/mirror.ts";

const LISTED: InstanceGuard = { _tag: "Listed", instanceIds: [INSTANCE_ID] };
const FIRST_SEEN: InstanceGuard = {
  _tag: "FirstSeen",
  pinned: null,
  examples: [CLERK_EXAMPLE_INSTANCE_ID],
  welcome: ["ins_welcome"],
};

describe("reduce()", () => {
  test("applies the newest, calls the older stale and the repeated duplicate", () => {
    const answers = answersTo(LISTED, [user("user.updated", 5), user("user.created", 1), user("user.updated", 5)]);
    expect(answers).toEqual(["applied", "stale", "duplicate"]);
  });

  test("calls a live version after the deletion stale, and a second deletion too", () => {
    const deletions = [user("user.deleted", 1), user("user.updated", 5), user("user.deleted", 3)];
    expect(answersTo(LISTED, deletions)).toEqual(["applied", "stale", "stale"]);
  });

  test("ignores types without a table, and keeps them", () => {
    const world = receive(worldOf(LISTED), decodeWire(user("passkey.created", 1)));
    expect([...world.log.values()].map(({ outcome }) => outcome)).toEqual(["ignored"]);
    expect(world.rows.size).toBe(0);
  });

  test("sets foreign messages aside, and takes them when they come again after the setting changed", () => {
    const message = decodeWire(user("user.created", 1));
    const foreign = receive(worldOf({ _tag: "Listed", instanceIds: ["ins_other"] }), message);
    expect(foreign.rows.size).toBe(0);
    const after = receive({ ...foreign, index: { ...foreign.index, guard: LISTED } }, message);
    expect(after.rows.size).toBe(1);
    expect([...after.log.values()].map(({ outcome, deliveries }) => ({ outcome, deliveries }))).toEqual([
      { outcome: "applied", deliveries: 2 },
    ]);
  });

  test("tries a quarantined message again, and files it anew", () => {
    const good = decodeWire(user("user.created", 1));
    const broken: Message = { ...good, _tag: "Unreadable", fault: "not understood yet" };
    const world = receive(receive(worldOf(LISTED), broken), good);
    expect([...world.log.values()].map(({ outcome, fault, deliveries }) => ({ outcome, fault, deliveries }))).toEqual([
      { outcome: "applied", fault: null, deliveries: 2 },
    ]);
  });

  test("keeps the first body of an id, counts the other, and does not apply it", () => {
    const first = decodeWire(user("user.created", 1));
    const other = { ...decodeWire(user("user.created", 1)), bodyHash: "another" };
    const world = receive(receive(worldOf(LISTED), first), other);
    expect([...world.log.values()].map(({ deliveries, differing }) => ({ deliveries, differing }))).toEqual([
      { deliveries: 2, differing: 1 },
    ]);
  });

  test("pins the first instance, but never Clerk's example nor the welcome one", () => {
    const messages = [
      user("user.created", 1, CLERK_EXAMPLE_INSTANCE_ID),
      user("user.created", 2, "ins_welcome"),
      user("user.updated", 3, "ins_mine"),
      user("user.updated", 4, "ins_theirs"),
      user("user.updated", 5, "ins_welcome"),
      user("user.updated", 6, CLERK_EXAMPLE_INSTANCE_ID),
    ];
    expect(answersTo(FIRST_SEEN, messages)).toEqual(["foreign", "applied", "applied", "foreign", "applied", "foreign"]);
  });

  test("takes messages without an instance, from before Clerk sent one", () => {
    const { svixId, envelope } = user("user.created", 1);
    const { instance_id: _, ...old } = envelope;
    const message = decodeWire({ svixId, envelope: old as WireMessage["envelope"] });
    expect(answerOf(reduce(consult(worldOf(LISTED).index, message), message))).toBe("applied");
  });

  test("marks what is kept of the erased, before and after the deletion", () => {
    const messages = [user("user.created", 1), user("user.deleted", 3), user("user.updated", 2)];
    const world = messages.map(decodeWire).reduce(receive, worldOf(LISTED));
    expect([...world.log.values()].map(({ erased }) => erased)).toEqual([true, true, true]);
    const [row] = world.rows.values();
    expect(row?.body?.value).toMatchObject({ firstName: null, emailAddresses: [], updatedAtMs: EPOCH_MS + 2 });
  });

  test("a webhook as of one millisecond beats the observation, whichever arrives first", () => {
    const webhook = decodeWire(user("user.created", 1));
    if (webhook._tag !== "Changed") throw new Error("a user.created is a change");
    const version = {
      ...webhook.version,
      rank: -1,
      timestampMs: webhook.version.timestampMs + 9,
      svixId: "z",
    } as const;
    const observed: Message = { ...webhook, svixId: "z", source: "api", version };
    for (const order of [
      [webhook, observed],
      [observed, webhook],
    ]) {
      const world = order.reduce(receive, worldOf(LISTED));
      expect([...world.rows.values()].map((row) => row.version?.svixId)).toEqual([webhook.svixId]);
    }
  });
});

function worldOf(guard: InstanceGuard): World {
  return emptyWorld({ guard, onDelete: "erase" });
}

function answersTo(guard: InstanceGuard, wires: readonly WireMessage[]): readonly string[] {
  let world = worldOf(guard);
  return wires.map((wire) => {
    const message = decodeWire(wire);
    const answer = answerOf(reduce(consult(world.index, message), message));
    world = receive(world, message);
    return answer;
  });
}

function user(type: string, step: number, instanceId = INSTANCE_ID): WireMessage {
  const updated_at = EPOCH_MS + step;
  const live = {
    id: "user_1",
    created_at: EPOCH_MS,
    updated_at,
    first_name: "Ada",
    email_addresses: [{ id: "idn_1" }],
  };
  const data = type.endsWith(".deleted") ? { id: "user_1", deleted: true } : live;
  return {
    svixId: `msg_${type}_${step}_${instanceId}`,
    envelope: { type, instance_id: instanceId, timestamp: updated_at, data },
  };
}
