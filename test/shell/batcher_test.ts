import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { COMPANY, makeBatcher, type Taken, type Waiting } from "../../src/shell/batcher.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import type { Answers } from "../../src/shell/store/event_store.ts";
import { event } from "../support/api.ts";
import { until } from "../support/stage.ts";

interface Flight {
  readonly ids: readonly string[];
  readonly end: (answers: Answers) => void;
  readonly fail: () => void;
}

/** A batcher whose batches end when the test says so. */
function makeStage({ inFlightMax = 2, queueMax = 10_000, answerLimitMs = 10_000 } = {}) {
  const flights: Flight[] = [];
  const batcher = makeBatcher({
    inFlightMax,
    queueMax,
    answerLimitMs,
    write: (batch: readonly Waiting[]) =>
      new Promise<Answers>((resolve, reject) => {
        const flight = { ids: batch.map(({ message }) => message.svixId) };
        const leave = (): void =>
          void flights.splice(
            flights.findIndex((it) => it.ids === flight.ids),
            1,
          );
        flights.push({
          ...flight,
          end: (answers) => {
            leave();
            resolve(answers);
          },
          fail: () => {
            leave();
            reject(new Error("no"));
          },
        });
      }),
  });
  return { batcher, flights };
}

function messageOf(svixId: string, userId: string) {
  const body = event("user.updated", 1, { id: userId });
  return decodeDelivery({ svixId, body, receivedAtMs: 1 });
}

const applied = ({ ids }: Flight): Answers => ids.map(() => "applied");

describe("makeBatcher()", () => {
  test("lets one message alone go at once, and those that came with it", async () => {
    const { batcher, flights } = makeStage();
    const answers = ["a", "b", "c"].map((id) => batcher.take(messageOf(id, id), null));
    await until("a batch", () => flights.length === 1);
    expect(flights[0]?.ids).toEqual(["a", "b", "c"]);
    expect(batcher.load().messages).toBe(3);
    flights[0]?.end(["applied", "stale", null]);
    expect(await Promise.all(answers)).toEqual(["applied", "stale", "database"]);
    expect(batcher.load()).toEqual({ messages: 0, characters: 0 });
  });

  test("lets a second batch go beside the first when there is company, but none of the same entities", async () => {
    const { batcher, flights } = makeStage();
    const answers = [batcher.take(messageOf("first", "user_1"), null)];
    await until("the first batch", () => flights.length === 1);
    answers.push(batcher.take(messageOf("held", "user_1"), null), batcher.take(messageOf("first", "user_2"), null));
    for (let n = 0; n < COMPANY - 2; n++) answers.push(batcher.take(messageOf(`x${n}`, `user_x${n}`), null));
    await Bun.sleep(20);
    expect(flights).toHaveLength(1);
    for (let n = COMPANY; n < 3 * COMPANY; n++) answers.push(batcher.take(messageOf(`x${n}`, `user_x${n}`), null));
    await until("the second batch", () => flights.length === 2);
    expect(flights[1]?.ids).not.toContain("held");
    expect(flights[1]?.ids).not.toContain("first");
    while (flights.length > 0) {
      for (const flight of [...flights]) flight.end(applied(flight));
      await Bun.sleep(5);
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["applied"]));
  });

  test("answers what it could not see on disk in time, and does not write what nobody waits for", async () => {
    const { batcher, flights } = makeStage({ answerLimitMs: 100, inFlightMax: 1 });
    const first = batcher.take(messageOf("first", "user_1"), null);
    await until("the first batch", () => flights.length === 1);
    const second = batcher.take(messageOf("second", "user_2"), null);
    expect(await Promise.all([first, second])).toEqual(["timeout", "timeout"]);
    flights[0]?.end(["applied"]);
    await Bun.sleep(20);
    expect(flights).toEqual([]);
    expect(batcher.load().messages).toBe(0);
  });

  test("refuses what is too much, and all when it stops", async () => {
    const { batcher, flights } = makeStage({ queueMax: 2 });
    const taken = ["a", "b"].map((id) => batcher.take(messageOf(id, id), null));
    expect(await batcher.take(messageOf("c", "c"), null)).toBe("overloaded");
    await until("a batch", () => flights.length === 1);
    let isDrained = false;
    const drained = batcher.drain().then(() => {
      isDrained = true;
    });
    expect(await batcher.take(messageOf("d", "d"), null)).toBe("stopping");
    expect(isDrained).toBe(false);
    flights[0]?.fail();
    expect(await Promise.all(taken)).toEqual(["database", "database"]);
    await drained;
  });

  test("answers those who wait when it is closed before they are written", async () => {
    const { batcher, flights } = makeStage();
    const taken = batcher.take(messageOf("a", "a"), null);
    await until("a batch", () => flights.length === 1);
    batcher.close();
    expect(await taken).toBe("stopping");
  });

  test("answers each message once and writes no two of an entity at once, however batches end", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ take: fc.nat(6), copies: fc.integer({ min: 1, max: 80 }) }) },
      { weight: 3, arbitrary: fc.record({ end: fc.nat(1), fails: fc.boolean() }) },
    );
    const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { batcher, flights } = makeStage();
      const users = new Map<string, string>();
      const answers: Promise<Taken>[] = [];
      const check = (): void => {
        const [one = [], other = []] = flights.map(({ ids }) => ids.map((id) => users.get(id)));
        expect(one.filter((user) => other.includes(user))).toEqual([]);
      };
      for (const it of steps) {
        if ("take" in it) {
          for (let n = 0; n < it.copies; n++) {
            const id = `m${answers.length}`;
            users.set(id, it.take === 6 ? id : `user_${it.take}`);
            answers.push(batcher.take(messageOf(id, users.get(id) ?? ""), null));
          }
        } else {
          const flight = flights[it.end];
          if (flight === undefined) continue;
          if (it.fails) flight.fail();
          else flight.end(applied(flight));
        }
        await new Promise(setImmediate);
        check();
      }
      const drained = batcher.drain();
      while (batcher.load().messages > 0) {
        for (const flight of [...flights]) flight.end(applied(flight));
        await new Promise(setImmediate);
        check();
      }
      await drained;
      const taken = await Promise.all(answers);
      expect(taken.every((it) => it === "applied" || it === "database")).toBe(true);
      expect(batcher.load()).toEqual({ messages: 0, characters: 0 });
    });
    await fc.assert(property, { numRuns: Number(process.env["FC_RUNS"] ?? 60) });
  }, 60_000);
});
