import { expect, test } from "bun:test";
import { sql } from "kysely";
import { job, policy } from "../../../src/core/mod.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const greet = policy("greet", { kind: "user", once: true, maxAge: "forever" }, ({ after }) =>
  after._tag === "Live" ? [job("mine", { name: after.value.firstName })] : [],
);
const bury = policy("bury", { kind: "user", maxAge: "forever" }, ({ after }) =>
  after._tag === "Deleted" ? [job("mine", { name: after.value?.firstName ?? null })] : [],
);
const remind = policy("remind", { kind: "user", maxAge: "forever" }, ({ before, after }) =>
  before._tag === "Absent" && after._tag === "Live"
    ? [job("mine", { name: after.value.firstName }, { after: "3 days" })]
    : [],
);
const POLICIES = [greet, bury, remind];

eachDatabase("erasure", (database) => {
  const sweep = async (): Promise<void> => {
    while (await sweepPage(database().db, { onDelete: "erase", policies: POLICIES }));
  };
  const sealed = async (): Promise<boolean | undefined> => {
    const { rows } = await sql<{ sealed: boolean }>`
      select sealed from docket.head where kind = 'user' and id = 'user_1'`.execute(database().db);
    return rows[0]?.sealed;
  };

  test("waits for the last job of the deletion, and then takes the personal data of all jobs, run or not", async () => {
    const clock = virtualClock(EPOCH_MS + 60_000);
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), POLICIES, [told("user.created", 1)]);
    await worker.runDue();
    await take(database(), POLICIES, [gone("user.deleted", 2)]);
    await sweep();
    expect(await sealed()).toBe(false);
    await worker.runDue();
    await sweep();
    expect(spy.calls.map(({ payload }) => payload)).toEqual([{ name: "Ada" }, { name: "Ada" }]);
    expect(await sealed()).toBe(true);
    const ledger = await ledgerOf(database());
    expect(Object.values(ledger).map(({ payload }) => payload)).toEqual([null, null, null]);
    expect(ledger["greet/user/user_1"]?.state).toBe("done");
    expect(ledger["bury/user/user_1/-"]?.state).toBe("done");
    const { rows } = await sql<{ text: string }>`
      select payload as text from docket.log union all select after::text from clerk.changes
      union all select data::text from clerk.users`.execute(database().db);
    expect(rows.filter(({ text }) => text?.includes("Ada"))).toEqual([]);
  });

  test("leaves a dead letter of the deletion its data, which it needs when a person lets it go again", async () => {
    const clock = virtualClock(EPOCH_MS + 60_000);
    let isDown = true;
    const spy = spyHandler(() => {
      if (isDown) throw new Error("down");
    });
    const worker = makeTestWorker(database(), { mine: handler({ attempts: 1 }, spy.run) }, clock);
    await take(database(), [bury], [told("user.created", 1), gone("user.deleted", 2)]);
    await worker.runDue();
    await sweep();
    expect((await ledgerOf(database()))["bury/user/user_1/-"]).toMatchObject({
      state: "dead",
      payload: { name: "Ada" },
    });
    expect(await sealed()).toBe(false);
    isDown = false;
    await sql`update docket.job set phase = 'pending', attempts_spent = attempts`.execute(database().db);
    await worker.runDue();
    await sweep();
    expect((await ledgerOf(database()))["bury/user/user_1/-"]).toMatchObject({ state: "done", payload: null });
    expect(await sealed()).toBe(true);
  });

  test("reaches a job that was under way when its entity was sealed, once it has ended", async () => {
    const clock = virtualClock(EPOCH_MS + 60_000);
    const spy = spyHandler(async () => {
      await take(database(), [greet], [gone("user.deleted", 2)]);
      expect((await ledgerOf(database()))["greet/user/user_1"]).toMatchObject({ payload: { name: "Ada" } });
    });
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [greet], [told("user.created", 1)]);
    await worker.runDue();
    await sweep();
    expect(await sealed()).toBe(true);
    expect((await ledgerOf(database()))["greet/user/user_1"]).toMatchObject({ phase: "done", payload: null });
  });
});
