import { expect, test } from "bun:test";
import { Effect } from "effect";
import { sql } from "kysely";
import { job, policy } from "../../../src/core/mod.ts";
import { PermanentFailure, RateLimited } from "../../../src/shell/handler/failure.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import { takeBackLost } from "../../../src/shell/work/leases.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { attemptsOf, ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const SECOND_MS = 1_000;
const KEY = "greet/user/user_1";
const greet = policy("greet", { kind: "user", once: true, settle: "5 seconds" }, ({ after }) =>
  after._tag === "Live" ? [job("mine", { name: after.value.firstName })] : [],
);

eachDatabase("the worker", (database) => {
  test("runs a due job once, and writes down each attempt before and after it", async () => {
    const clock = virtualClock(EPOCH_MS);
    const spy = spyHandler(async () => {
      expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "running", attempts: 1 });
      expect(await attemptsOf(database(), KEY)).toEqual(["1 open"]);
    });
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [greet], [told("user.created", 1)]);
    await worker.runDue();
    expect(spy.calls).toEqual([]);
    clock.move(6 * SECOND_MS);
    await worker.runDue();
    await worker.runDue();
    expect(spy.calls.map(({ payload }) => payload)).toEqual([{ name: "Ada" }]);
    expect(spy.calls[0]?.context).toMatchObject({
      key: KEY,
      attempt: 1,
      policy: "greet",
      ref: { kind: "user", id: "user_1" },
      asOfMs: EPOCH_MS + 1,
    });
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "done", attempts: 1, last_error: null });
    expect(await attemptsOf(database(), KEY)).toEqual(["1 done"]);
  });

  test("tries again after a growing backoff, and dead-letters what never goes well", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const spy = spyHandler(() => Promise.reject(new Error("no luck")));
    const worker = makeTestWorker(database(), { mine: handler({ attempts: 3 }, spy.run) }, clock);
    await take(database(), [greet], [told("user.created", 1)]);
    await worker.runDue();
    expect((await ledgerOf(database()))[KEY]).toMatchObject({
      state: "planned",
      waiting: "retry",
      last_error: "no luck",
    });
    clock.move(2 * SECOND_MS);
    await worker.runDue();
    expect(spy.calls.length).toBe(1);
    clock.move(3 * SECOND_MS);
    await worker.runDue();
    expect(spy.calls.length).toBe(2);
    clock.move(10 * SECOND_MS);
    await worker.runDue();
    expect((await ledgerOf(database()))[KEY]).toMatchObject({
      state: "dead",
      attempts: 3,
      last_error: "gave up after 3 attempts: no luck",
    });
    expect(await attemptsOf(database(), KEY)).toEqual(["1 failed", "2 failed", "3 dead"]);
  });

  test("dead-letters at once what is permanent, and comes again when the receiver said", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    let calls = 0;
    const worker = makeTestWorker(
      database(),
      {
        mine: () => {
          calls += 1;
          return Effect.fail(
            calls === 1
              ? new RateLimited({ message: "busy", retryAfterMs: 37_000 })
              : new PermanentFailure({ message: "never" }),
          );
        },
      },
      clock,
    );
    await take(database(), [greet], [told("user.created", 1)]);
    await worker.runDue();
    clock.move(36_900);
    await worker.runDue();
    expect(calls).toBe(1);
    clock.move(200);
    await worker.runDue();
    const entry = (await ledgerOf(database()))[KEY];
    expect(entry).toMatchObject({ state: "dead", attempts: 2, attempts_spent: 1, last_error: "never" });
  });

  test("gives up waiting for a handler that takes too long, and tells it so", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    let aborted = false;
    const slow = handler({ timeout: 50 }, (_payload, { signal }) => {
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      return new Promise(() => undefined);
    });
    await take(database(), [greet], [told("user.created", 1)]);
    await makeTestWorker(database(), { mine: slow }, clock).runDue();
    expect(aborted).toBe(true);
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "planned", last_error: "took over 50 ms" });
  });

  test("says on a job that nobody here has its handler", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    await take(database(), [greet], [told("user.created", 1)]);
    await makeTestWorker(database(), {}, clock).runDue();
    expect((await ledgerOf(database()))[KEY]?.last_error).toContain('no handler is named "mine"');
  });

  test("leaves alone what is withdrawn, pointless, held for approval, cancelled by a person", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const held = policy("held", { kind: "user", approval: true }, ({ before }) =>
      before._tag === "Absent" ? [job("mine", 1)] : [],
    );
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [greet, held], [told("user.created", 1), gone("user.deleted", 2)]);
    await take(database(), [held], [told("user.created", 3, {}, "two", "user_2")]);
    await worker.runDue();
    expect(spy.calls).toEqual([]);
    await sql`update docket.job set approved_at = now() where key = 'held/user/user_2/+'`.execute(database().db);
    await worker.runDue();
    expect(spy.calls.map(({ context }) => context.key)).toEqual(["held/user/user_2/+"]);
  });

  test("notes what a job did that was withdrawn while it ran, and never runs it again when it is wanted again", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const first = policy("first", { kind: "user" }, ({ before, after }) =>
      before._tag === "Absent" && after.event === "user.updated" ? [job("mine", null)] : [],
    );
    const key = "first/user/user_1/+";
    const spy = spyHandler(() => take(database(), [first], [told("user.created", 1)]));
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [first], [told("user.updated", 3)]);
    await worker.runDue();
    expect((await ledgerOf(database()))[key]).toMatchObject({ state: "regretted" });
    await take(database(), [first], [told("user.updated", 0, {}, "oldest")]);
    expect((await ledgerOf(database()))[key]).toMatchObject({ state: "done" });
    await worker.runDue();
    expect(spy.calls.length).toBe(1);
  });

  test("does not try again what failed and is no longer wanted", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const spy = spyHandler(async () => {
      await take(database(), [greet], [gone("user.deleted", 2)]);
      throw new Error("no luck");
    });
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [greet], [told("user.created", 1)]);
    await worker.runDue();
    clock.move(60 * SECOND_MS);
    await worker.runDue();
    expect(spy.calls.length).toBe(1);
    expect((await ledgerOf(database()))[KEY]?.state).not.toBe("planned");
  });

  test("takes back the jobs of a process that ended without a word, and unheard is what that still says", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const gate = Promise.withResolvers<void>();
    // With no room for another job: it must not take back its own.
    const mine = handler({ concurrency: 1 }, () => gate.promise);
    const dying = makeTestWorker(database(), { mine }, { ...clock, leaseMs: 10_000 });
    await take(database(), [greet], [told("user.created", 1)]);
    const dead = dying.runDue();
    while ((await ledgerOf(database()))[KEY]?.state !== "running") await Bun.sleep(5);
    expect(await takeBackLost(database().db, clock)).toBe(0);
    clock.move(10_001);
    expect(await takeBackLost(database().db, clock)).toBe(1);
    const spy = spyHandler();
    await makeTestWorker(database(), { mine: spy.run }, clock).runDue();
    expect(spy.calls[0]?.context).toMatchObject({ key: KEY, attempt: 2 });
    gate.resolve();
    await dead;
    expect(await attemptsOf(database(), KEY)).toEqual(["1 lost", "2 done"]);
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "done", attempts: 2 });
  });
});
