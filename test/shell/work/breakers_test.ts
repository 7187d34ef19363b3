import { expect, test } from "bun:test";
import { sql } from "kysely";
import { job, policy } from "../../../src/core/mod.ts";
import { PermanentFailure, RateLimited } from "../../../src/shell/handler/failure.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import type { WorkerNews } from "../../../src/shell/work/worker_news.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import type { StoryMessage } from "../../support/stories.ts";
import { ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const MINUTE_MS = 60_000;
const tell = policy("tell", { kind: "user", maxAge: "forever" }, ({ before, ref }) =>
  before._tag === "Absent" ? [job("mine", { host: ref.id === "user_0" ? "a" : "b" })] : [],
);

function users(count: number): readonly StoryMessage[] {
  return Array.from({ length: count }, (_, index) => told("user.created", index, {}, `u${index}`, `user_${index}`));
}

eachDatabase("the breaker", (database) => {
  test("lets a handler that is down for an hour rest, loses nothing, and drains in order when it is back", async () => {
    const clock = virtualClock(EPOCH_MS + MINUTE_MS);
    const backAtMs = 60 * MINUTE_MS;
    let passedMs = 0;
    const order: string[] = [];
    const spy = spyHandler((_payload, { key }) => {
      if (passedMs < backAtMs) throw new Error("connection refused");
      order.push(key);
    });
    const news: WorkerNews[] = [];
    // One at a time, so that the order of calls is that of beginnings.
    const mine = handler({ concurrency: 1 }, spy.run);
    const worker = makeTestWorker(database(), { mine }, { ...clock, report: (it) => news.push(it) });
    await take(database(), [tell], users(12));
    for (; passedMs < backAtMs; passedMs += MINUTE_MS / 4) {
      await worker.runDue();
      clock.move(MINUTE_MS / 4);
    }
    const failures = spy.calls.length;
    // Without a breaker twelve jobs would have been tried about ten times each.
    expect(failures).toBeLessThan(40);
    const { rows } = await sql<{ open: boolean }>`
      select opened_at is not null as open from docket.breaker where target = 'mine'`.execute(database().db);
    expect(rows).toEqual([{ open: true }]);
    expect(Object.values(await ledgerOf(database())).map(({ state }) => state)).toEqual(Array(12).fill("planned"));
    clock.move(5 * MINUTE_MS);
    await worker.runDue();
    const keys = users(12).map((_, index) => `tell/user/user_${index}/+`);
    // The probe goes first; what waited follows in the order in which it was due.
    expect(order.toSorted()).toEqual(keys.toSorted());
    expect(order.slice(1)).toEqual(keys.filter((key) => key !== order[0]));
    expect(Object.values(await ledgerOf(database())).map(({ state }) => state)).toEqual(Array(12).fill("done"));
    expect(news.map(({ _tag }) => _tag).filter((tag) => tag.startsWith("Breaker"))).toEqual([
      "BreakerOpened",
      "BreakerClosed",
    ]);
  });

  test("opens for one target and not for another of the same handler", async () => {
    const clock = virtualClock(EPOCH_MS + MINUTE_MS);
    const spy = spyHandler((payload) => {
      if ((payload as { host: string }).host === "b") throw new Error("down");
    });
    const mine = handler({ target: (payload) => (payload as { host: string }).host }, spy.run);
    const worker = makeTestWorker(database(), { mine }, clock);
    await take(database(), [tell], users(8));
    await worker.runDue();
    clock.move(8_000);
    await worker.runDue();
    const hosts = Map.groupBy(spy.calls, ({ payload }) => (payload as { host: string }).host);
    expect(hosts.get("a")?.length).toBe(1);
    // All seven went out at once before anybody knew; then none until the target has rested.
    expect(hosts.get("b")?.length).toBe(7);
    clock.move(3_000);
    await worker.runDue();
    expect(Map.groupBy(spy.calls, ({ payload }) => (payload as { host: string }).host).get("b")?.length).toBe(8);
    const ledger = await ledgerOf(database());
    expect(ledger["tell/user/user_0/+"]).toMatchObject({ state: "done" });
    expect(Object.values(ledger).filter(({ state }) => state === "planned")).toHaveLength(7);
  });

  test("does not open for jobs that are refused for what they are", async () => {
    const clock = virtualClock(EPOCH_MS + MINUTE_MS);
    const spy = spyHandler(() => Promise.reject(new PermanentFailure({ message: "no such address" })));
    await take(database(), [tell], users(9));
    await makeTestWorker(database(), { mine: spy.run }, clock).runDue();
    expect(spy.calls.length).toBe(9);
    const { rows } = await sql`select from docket.breaker`.execute(database().db);
    expect(rows).toEqual([]);
  });

  test("closes for functions in the database as for others, once they go well", async () => {
    const { db } = database();
    const clock = virtualClock(EPOCH_MS + MINUTE_MS);
    const call = policy("call", { kind: "user", maxAge: "forever" }, ({ before }) =>
      before._tag === "Absent" ? [job("sql", { function: "app.may_fail" })] : [],
    );
    await sql`create schema if not exists app`.execute(db);
    await sql`drop function if exists app.may_fail`.execute(db);
    const worker = makeTestWorker(database(), {}, clock);
    await take(database(), [call], users(8));
    await worker.runDue();
    await sql`create function app.may_fail(payload jsonb, key text) returns void language sql as 'select'`.execute(db);
    clock.move(11_000);
    await worker.runDue();
    expect(Object.values(await ledgerOf(database())).map(({ state }) => state)).toEqual(Array(8).fill("done"));
    const { rows } = await sql<{ open: boolean }>`select opened_at is not null as open from docket.breaker`.execute(db);
    expect(rows).toEqual([{ open: false }]);
  });

  test("is probed again soon when its probe was asked to come later", async () => {
    const clock = virtualClock(EPOCH_MS + MINUTE_MS);
    let mood: Error | null = new Error("down");
    const spy = spyHandler(() => {
      if (mood !== null) throw mood;
    });
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [tell], users(6));
    await worker.runDue();
    mood = new RateLimited({ message: "wait", retryAfterMs: 1_000 });
    clock.move(11_000);
    await worker.runDue();
    mood = null;
    for (let second = 0; second < 15; second += 1) {
      clock.move(1_000);
      await worker.runDue();
    }
    expect(Object.values(await ledgerOf(database())).map(({ state }) => state)).toEqual(Array(6).fill("done"));
  });

  test("does not open where one process lacks the handler that another has", async () => {
    const clock = virtualClock(EPOCH_MS + MINUTE_MS);
    await take(database(), [tell], users(8));
    await makeTestWorker(database(), {}, clock).runDue();
    const spy = spyHandler();
    clock.move(6_000);
    await makeTestWorker(database(), { mine: spy.run }, clock).runDue();
    expect(spy.calls.length).toBe(8);
    expect(Object.values(await ledgerOf(database())).every(({ state }) => state === "done")).toBe(true);
  });
});
