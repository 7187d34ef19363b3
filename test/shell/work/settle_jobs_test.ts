import { expect, test } from "bun:test";
import { sql } from "kysely";
import { builtin, job, policy } from "../../../src/core/mod.ts";
import { PermanentFailure, RateLimited } from "../../../src/shell/handler/failure.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { takeBackLost } from "../../../src/shell/work/leases.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const KEY = "greet/user/user_1";
const greet = policy("greet", { kind: "user", once: true, maxAge: "forever" }, ({ after }) =>
  after._tag === "Live" ? [job("mine", { name: after.value.firstName })] : [],
);
const clockAfter = (): ReturnType<typeof virtualClock> => virtualClock(EPOCH_MS + 60_000);

eachDatabase("what became of a job", (database) => {
  test.each([
    ["words with NUL", new Error("bad\u0000byte")],
    ["half a character", new PermanentFailure({ message: "\ud800" })],
    ["a wait beyond time", new RateLimited({ message: "no", retryAfterMs: 1e16 })],
    ["a wait that is none", new RateLimited({ message: "no", retryAfterMs: Number.NaN })],
    ["endless words", new Error("x".repeat(100_000))],
  ])("is written down for it and for its neighbours, be it told in %s", async (_, error) => {
    const spy = spyHandler((_payload, { ref }) => {
      if (ref.id === "user_1") throw error;
    });
    const target = (): string => "a\u0000target".repeat(1_000);
    const worker = makeTestWorker(database(), { mine: handler({ target }, spy.run) }, clockAfter());
    await take(database(), [greet], [told("user.created", 1), told("user.created", 2, {}, "two", "user_2")]);
    await worker.runDue();
    const ledger = await ledgerOf(database());
    expect(ledger["greet/user/user_2"]?.state).toBe("done");
    expect(["planned", "dead"]).toContain(ledger[KEY]?.state ?? "");
    expect(spy.calls.length).toBe(2);
  });

  test("takes what it is wanted as now, when it was told otherwise while it ran and failed", async () => {
    const clock = clockAfter();
    const named = policy("named", { kind: "user", maxAge: "forever" }, ({ before, after }) =>
      before._tag === "Absent" && after._tag === "Live" ? [job("mine", after.value.firstName)] : [],
    );
    const spy = spyHandler(async () => {
      if (spy.calls.length > 1) return;
      await take(database(), [named], [told("user.created", 1, { first_name: "First" })]);
      throw new Error("not yet");
    });
    await take(database(), [named], [told("user.updated", 5, { first_name: "Later" })]);
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await worker.runDue();
    expect((await ledgerOf(database()))["named/user/user_1/+"]).toMatchObject({ state: "planned", payload: "First" });
    clock.move(10_000);
    await worker.runDue();
    expect(spy.calls.map(({ payload }) => payload)).toEqual(["Later", "First"]);
  });

  test("does not keep a level-triggered job dead that was armed again while it ran", async () => {
    const limit = builtin.sessionLimit({ max: 3, handler: "mine", maxAge: "forever" });
    const session = (id: string, step: number): ReturnType<typeof told> =>
      told("session.created", step, { user_id: "user_1" }, id, id);
    const spy = spyHandler(async () => {
      if (spy.calls.length > 1) return;
      await take(database(), [limit], [session("sess_2", 2)]);
      throw new PermanentFailure({ message: "never" });
    });
    await take(database(), [limit], [session("sess_1", 1)]);
    await makeTestWorker(database(), { mine: spy.run }, clockAfter()).runDue();
    expect(spy.calls.length).toBe(2);
    expect((await ledgerOf(database()))["session-limit/user/user_1"]).toMatchObject({ state: "done" });
  });

  test("is unknown of one that ended its process: it is run again, and dead-lettered if it always does", async () => {
    const clock = clockAfter();
    await take(database(), [greet], [told("user.created", 1)]);
    for (let loss = 1; loss <= 20; loss += 1) {
      expect((await ledgerOf(database()))[KEY]?.state).toBe("planned");
      await sql`
        update docket.job set phase = 'running', run = gen_random_uuid(), lease_until = now() - interval '99 years',
          attempts = attempts + 1`.execute(database().db);
      expect(await takeBackLost(database().db, clock)).toBe(1);
    }
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "dead", attempts: 20 });
  });

  test("erases a job of a deleted entity whose process ended without a word", async () => {
    const clock = clockAfter();
    await take(database(), [greet], [told("user.created", 1)]);
    await sql`update docket.job set phase = 'running', run = gen_random_uuid(), lease_until = now()`.execute(
      database().db,
    );
    await take(database(), [greet], [gone("user.deleted", 2)]);
    expect((await ledgerOf(database()))[KEY]?.payload).toEqual({ name: "Ada" });
    await takeBackLost(database().db, { ...clock, all: true });
    while (await sweepPage(database().db, { onDelete: "erase", policies: [greet] }));
    expect((await ledgerOf(database()))[KEY]?.payload).toBeNull();
  });
});

eachDatabase("what a message says", (database) => {
  test("stays until the last job that tells it is done", async () => {
    const clock = clockAfter();
    const both = ["first", "second"].map((name) =>
      policy(name, { kind: "message", maxAge: "forever" }, ({ before }) =>
        before._tag === "Absent" ? [job(name, { name })] : [],
      ),
    );
    const email = told(
      "email.created",
      1,
      { delivered_by_clerk: false, body: "123456", object: "email" },
      "m",
      "ema_1",
    );
    const seen: unknown[] = [];
    const spy = spyHandler((payload) => {
      seen.push((payload as { content: { body: string } | null }).content?.body);
      if (spy.calls.length === 1) throw new Error("not yet");
    });
    await take(database(), both, [email]);
    const worker = makeTestWorker(database(), { first: () => undefined, second: spy.run }, clock);
    await worker.runDue();
    clock.move(10_000);
    await worker.runDue();
    expect(seen).toEqual(["123456", "123456"]);
    expect((await sql`select from docket.message_content`.execute(database().db)).rows).toHaveLength(0);
  });
});
