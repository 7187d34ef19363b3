import { expect, test } from "bun:test";
import { builtin, job, policy } from "../../../src/core/mod.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { until } from "../../support/stage.ts";
import { attemptsOf, ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const KEY = "greet/user/user_1";
const greet = policy("greet", { kind: "user", once: true, maxAge: "forever" }, ({ after }) =>
  after._tag === "Live" ? [job("mine", null)] : [],
);

eachDatabase("a worker that is told to stop", (database) => {
  test("lets what is under way end, begins nothing more, and closes its handlers", async () => {
    const release = Promise.withResolvers<void>();
    const spy = spyHandler(() => release.promise);
    let closed = 0;
    const spec = { ...handler({ concurrency: 1 }, spy.run), close: async () => void closed++ };
    const worker = makeTestWorker(database(), { mine: spec }, { pollMs: 10 });
    await take(database(), [greet], [told("user.created", 1), told("user.created", 2, {}, "two", "user_2")]);
    worker.start();
    await until("a job is under way", () => spy.calls.length === 1);
    const stopped = worker.stop(5_000);
    release.resolve();
    await stopped;
    expect(closed).toBe(1);
    expect(spy.calls.length).toBe(1);
    expect(Object.values(await ledgerOf(database())).map(({ state }) => state)).toEqual(["done", "planned"]);
  });

  test("gives back what does not end in time, as no attempt of its own", async () => {
    const spy = spyHandler(() => new Promise(() => undefined));
    const worker = makeTestWorker(database(), { mine: spy.run }, { pollMs: 10 });
    await take(database(), [greet], [told("user.created", 1)]);
    worker.start();
    await until("the job is under way", () => spy.calls.length === 1);
    const atMs = performance.now();
    await worker.stop(50);
    expect(performance.now() - atMs).toBeLessThan(1_500);
    expect(spy.calls[0]?.context.signal.aborted).toBe(true);
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "planned", attempts: 1, attempts_spent: 1 });
    expect(await attemptsOf(database(), KEY)).toEqual(["1 released"]);
  });

  test("is found out by its lease no sooner than it ended: a long job keeps its own", async () => {
    const release = Promise.withResolvers<void>();
    const spy = spyHandler(() => release.promise);
    const worker = makeTestWorker(database(), { mine: spy.run }, { pollMs: 10, leaseMs: 300 });
    const other = makeTestWorker(database(), { mine: spy.run }, { pollMs: 10, leaseMs: 300 });
    await take(database(), [greet], [told("user.created", 1)]);
    worker.start();
    other.start();
    await until("the job is under way", () => spy.calls.length === 1);
    await Bun.sleep(900);
    expect(spy.calls.length).toBe(1);
    release.resolve();
    await until("it is done", async () => (await ledgerOf(database()))[KEY]?.state === "done");
    await Promise.all([worker.stop(100), other.stop(100)]);
  });
});

eachDatabase("a level-triggered job", (database) => {
  test("runs once more when something changed while it ran, with the newest change", async () => {
    const clock = virtualClock(EPOCH_MS + 60_000);
    const limit = builtin.sessionLimit({ max: 3, handler: "mine", maxAge: "forever" });
    const session = (id: string, step: number): ReturnType<typeof told> =>
      told("session.created", step, { user_id: "user_1" }, id, id);
    const spy = spyHandler(async () => {
      if (spy.calls.length === 1) await take(database(), [limit], [session("sess_2", 2)]);
    });
    await take(database(), [limit], [session("sess_1", 1)]);
    await makeTestWorker(database(), { mine: spy.run }, clock).runDue();
    expect(spy.calls.map(({ context }) => context.asOfMs)).toEqual([EPOCH_MS + 1, EPOCH_MS + 2]);
    expect((await ledgerOf(database()))["session-limit/user/user_1"]).toMatchObject({ state: "done", attempts: 2 });
  });
});
