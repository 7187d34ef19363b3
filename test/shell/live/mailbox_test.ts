import { expect, test } from "bun:test";
import { ITEMS_MAX, Mailbox } from "../../../src/shell/live/mailbox.ts";
import { RecentIds } from "../../../src/shell/live/recent_ids.ts";
import { COUNT_NAMES, type Counts } from "../../../src/shell/signals/tally.ts";

const COUNTS = Object.fromEntries(COUNT_NAMES.map((name) => [name, 2])) as Counts;

test("who reads slowly gets the newest, and is told how much it was not given", async () => {
  const mailbox = new Mailbox();
  for (let each = 1; each <= 1_000; each += 1) {
    mailbox.put("events", [`"b${each}"`, `"a${each}"`], { skipped: 1, id: String(each) });
    mailbox.putPulse({ at: each, counts: COUNTS });
  }
  const text = (await mailbox.next()) ?? "";
  const [events, pulse] = text.trim().split("\n\n");
  expect(events).toStartWith("id: 1000\nevent: events\ndata: {");
  const { items, skipped } = JSON.parse(events?.split("data: ")[1] ?? "");
  expect([items.length, items[0], items.at(-1)]).toEqual([ITEMS_MAX, "b1000", "a976"]);
  expect(items.length + skipped).toBe(3_000);
  // What the pulses that were not read have counted is in the one that is.
  expect(JSON.parse(pulse?.split("data: ")[1] ?? "")).toMatchObject({ at: 1_000, counts: { received: 2_000 } });
});

test("waits for what comes, and ends when it is closed", async () => {
  const mailbox = new Mailbox();
  const next = mailbox.next();
  mailbox.put("events", [], { skipped: 0 });
  mailbox.put("jobs", ['{"key":"k"}'], { skipped: 0 });
  expect(await next).toBe('event: jobs\ndata: {"items":[{"key":"k"}],"skipped":0}\n\n');
  const heartbeat = mailbox.next();
  mailbox.putHeartbeat();
  expect(await heartbeat).toBe(": still here\n\n");
  const last = mailbox.next();
  mailbox.close();
  expect([await last, await mailbox.next()]).toEqual([null, null]);
});

test("says that its listener is stuck only if that has not asked for more", () => {
  const stuck: string[] = [];
  const [reading, sitting] = [new Mailbox(), new Mailbox()];
  reading.whenStuck(() => stuck.push("reading"));
  sitting.whenStuck(() => stuck.push("sitting"));
  void reading.next();
  reading.close();
  sitting.close();
  sitting.close();
  expect(stuck).toEqual(["sitting"]);
});

test("RecentIds keeps the newest for certain, and not many more", () => {
  const ids = new RecentIds(10);
  for (let each = 0; each < 1_000; each += 1) ids.add(String(each));
  const kept = Array.from({ length: 1_000 }, (_, each) => ids.has(String(each)));
  expect(kept.slice(-10).every(Boolean)).toBeTrue();
  expect(kept.filter(Boolean).length).toBeWithin(10, 21);
});
