import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { DRIFT_NAMES_MAX, forgetKnown, readDrift, writeDrift } from "../../../src/shell/drift/drift_store.ts";
import { type DriftCount, DriftTally } from "../../../src/shell/drift/drift_tally.ts";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

function count(name: string, fields: Partial<DriftCount> = {}): DriftCount {
  const type = "user.updated";
  return { what: "field", type, name, seen: 1, firstSeenMs: 1_000, lastSeenMs: 1_000, svixId: "msg_1", ...fields };
}

eachDatabase("drift", (database) => {
  test("is counted by name, once for each message that was taken", async () => {
    service = await startService(database(), { drift: { flushEveryMs: 20 } });
    const unknown = event("passkey.created", 1, { id: "pk_1" });
    await sendEvent(service, "msg_1", unknown);
    await sendEvent(service, "msg_1", unknown);
    await sendEvent(service, "msg_2", event("user.created", 2, { id: "user_1", mood: "well" }));
    await sendEvent(service, "msg_3", event("user.updated", 3, { id: "user_1", mood: "well" }));
    await sendEvent(service, "msg_4", event("user.updated", 1, { id: "user_1", mood: "well" }));
    const foreign = { ...JSON.parse(event("user.updated", 3, { id: "user_1", hat: 1 })), instance_id: "ins_other" };
    await sendEvent(service, "msg_5", JSON.stringify(foreign));
    await service.stop();
    service = await startService(database());
    const { status, body } = await ask(service, "/drift");
    expect([status, body.next]).toEqual([200, null]);
    expect(body.items.map(({ what, type, name, seen }) => [what, type, name, seen])).toBeArrayOfSize(3);
    expect(body.items).toContainEqual(
      expect.objectContaining({ what: "type", type: "passkey.created", name: "passkey.created", seen: 1 }),
    );
    expect(body.items).toContainEqual(expect.objectContaining({ type: "user.created", name: "mood", seen: 1 }));
    expect(body.items).toContainEqual(
      expect.objectContaining({ what: "field", type: "user.updated", name: "mood", seen: 2, svixId: "msg_4" }),
    );
  });

  test("adds up over processes, whichever writes first", async () => {
    const { db } = database();
    await writeDrift(db, [count("a", { seen: 2, lastSeenMs: 5_000, svixId: "msg_new" })]);
    await writeDrift(db, [count("a", { seen: 3, firstSeenMs: 500, lastSeenMs: 900, svixId: "msg_old" }), count("b")]);
    const at = (ms: number): Date => new Date(ms);
    const type = "user.updated";
    expect(await readDrift(db)).toEqual([
      { what: "field", type, name: "a", seen: 5, firstSeenAt: at(500), lastSeenAt: at(5_000), svixId: "msg_new" },
      { what: "field", type, name: "b", seen: 1, firstSeenAt: at(1_000), lastSeenAt: at(1_000), svixId: "msg_1" },
    ]);
  });

  test("is bounded, and goes on counting what is on file", async () => {
    const { db } = database();
    await writeDrift(
      db,
      Array.from({ length: DRIFT_NAMES_MAX }, (_, index) => count(`name_${index}`)),
    );
    await writeDrift(db, [count("name_7"), count("one_more")]);
    const items = await readDrift(db);
    expect(items).toHaveLength(DRIFT_NAMES_MAX);
    expect(items.find(({ name }) => name === "name_7")?.seen).toBe(2);
    expect(items.some(({ name }) => name === "one_more")).toBe(false);
  });

  test("forgets what this Docket knows, and nothing else", async () => {
    const { db } = database();
    await writeDrift(db, [count("first_name"), count("mood"), count("user.updated", { what: "type" })]);
    await forgetKnown(db);
    expect((await readDrift(db)).map(({ name }) => name)).toEqual(["mood"]);
  });

  test("never holds up or loses a message while it can't be written", async () => {
    const { db } = database();
    await sql`alter table docket.drift rename to drift_away`.execute(db);
    try {
      service = await startService(database(), { drift: { flushEveryMs: 5 } });
      await sendEvent(service, "msg_1", event("user.created", 1, { id: "user_1", mood: "well" }));
      await Bun.sleep(50);
    } finally {
      await sql`alter table docket.drift_away rename to drift`.execute(db);
    }
    await service?.stop();
    expect((await readDrift(db)).map(({ name, seen }) => [name, seen])).toEqual([["mood", 1]]);
  });
});

test("a tally holds so many names, and counts those it has", () => {
  const tally = new DriftTally();
  const seen = { svixId: "msg_1", receivedAtMs: 5 };
  const add = (name: string): void => tally.add({ what: "field", type: "user.updated", name }, seen);
  for (let index = 0; index < 5_000; index += 1) add(`name_${index}`);
  add("name_3");
  const taken = tally.take();
  expect(taken.length).toBeLessThanOrEqual(500);
  expect(taken.find(({ name }) => name === "name_3")?.seen).toBe(2);
  expect(tally.take()).toEqual([]);
  add("name_3");
  tally.putBack(taken);
  expect(tally.take().find(({ name }) => name === "name_3")).toMatchObject({ seen: 3, firstSeenMs: 5 });
});
