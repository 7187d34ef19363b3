import { expect, test } from "bun:test";
import { job, policy } from "../../../src/core/mod.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { shuffled } from "../../support/shuffled.ts";
import { ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const stream = policy("stream", { kind: "user", until: "never", maxAge: "forever" }, ({ after }) => [
  job("mine", after._tag === "Live" ? after.value.firstName : "gone"),
]);

const LIFE = ["one", "two", "three", "four"].map((name, step) =>
  told(step === 0 ? "user.created" : "user.updated", step, { first_name: name }, name),
);

eachDatabase("a handler that keeps the order of each entity", (database) => {
  test("gets the changes of one by version, whatever order they arrived in, the deletion last", async () => {
    for (const seed of [1, 2, 3]) {
      const id = `user_${seed}`;
      const life = LIFE.map((it) => ({
        ...it,
        svixId: `${it.svixId}_${seed}`,
        envelope: { ...it.envelope, data: { ...it.envelope.data, id } },
      }));
      const end = gone("user.deleted", 3, id);
      await take(database(), [stream], shuffled([...life, { ...end, svixId: `end_${seed}` }], seed));
      const spy = spyHandler();
      const mine = handler({ order: "entity" }, spy.run);
      await makeTestWorker(database(), { mine }, virtualClock(EPOCH_MS + 60_000)).runDue();
      expect(spy.calls.map(({ payload }) => payload)).toEqual(
        ["one", "two", "three", "four", "gone"].slice(-spy.calls.length),
      );
      expect(spy.calls.at(-1)?.payload).toBe("gone");
    }
  });

  test("has one at a time for an entity, in several workers, and others side by side", async () => {
    const users = [1, 2, 3, 4].map((number) => `user_${number}`);
    for (const id of users) {
      await take(
        database(),
        [stream],
        LIFE.map((it) => ({
          ...it,
          svixId: `${it.svixId}_${id}`,
          envelope: { ...it.envelope, data: { ...it.envelope.data, id } },
        })),
      );
    }
    const under = new Map<string, number>();
    let most = 0;
    let together = 0;
    const order = new Map<string, unknown[]>();
    const spy = spyHandler(async (payload, { ref }) => {
      under.set(ref.id, (under.get(ref.id) ?? 0) + 1);
      most = Math.max(most, under.get(ref.id) ?? 0);
      together = Math.max(
        together,
        [...under.values()].reduce((sum, it) => sum + it, 0),
      );
      await Bun.sleep(5);
      order.set(ref.id, [...(order.get(ref.id) ?? []), payload]);
      under.set(ref.id, (under.get(ref.id) ?? 0) - 1);
    });
    const clock = virtualClock(EPOCH_MS + 60_000);
    const workers = [1, 2, 3].map(() =>
      makeTestWorker(database(), { mine: handler({ order: "entity" }, spy.run) }, clock),
    );
    await Promise.all(workers.map((worker) => worker.runDue()));
    await workers[0]?.runDue();
    expect(most).toBe(1);
    expect(together).toBeGreaterThan(1);
    for (const id of users) expect(order.get(id)).toEqual(["one", "two", "three", "four"]);
  });

  test("keeps the later ones waiting for one that fails, until that is done or dead", async () => {
    await take(database(), [stream], LIFE);
    const clock = virtualClock(EPOCH_MS + 60_000);
    const spy = spyHandler((payload) => {
      if (payload === "two") throw new Error("not yet");
    });
    const worker = makeTestWorker(database(), { mine: handler({ order: "entity", attempts: 2 }, spy.run) }, clock);
    await worker.runDue();
    expect(spy.calls.map(({ payload }) => payload)).toEqual(["one", "two"]);
    clock.move(10_000);
    await worker.runDue();
    expect(spy.calls.map(({ payload }) => payload)).toEqual(["one", "two", "two", "three", "four"]);
    expect(
      Object.values(await ledgerOf(database()))
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(["dead", "done", "done", "done"]);
  });

  test("tells a deletion last, be it timed before a live version", async () => {
    const late = told("user.updated", 9, { first_name: "late" }, "late");
    await take(database(), [stream], [...LIFE, gone("user.deleted", 5), late]);
    const spy = spyHandler();
    const clock = virtualClock(EPOCH_MS + 60_000);
    await makeTestWorker(database(), { mine: handler({ order: "entity" }, spy.run) }, clock).runDue();
    expect(spy.calls.map(({ payload }) => payload)).toEqual(["one", "two", "three", "four", "late", "gone"]);
  });
});
