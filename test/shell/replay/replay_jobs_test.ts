import { expect, setDefaultTimeout, test } from "bun:test";
import { sql } from "kysely";
import { job, type Policy, policy } from "../../../src/core/mod.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { bury, DEAD, greet, setJob } from "../../support/jobs.ts";
import { POLICIES } from "../../support/policies.ts";
import { replayer } from "../../support/replayed.ts";
import { differencesIn, tamper } from "../../support/verified.ts";
import { ledgerOf, makeTestWorker, spyHandler, take } from "../../support/work.ts";

setDefaultTimeout(60_000);
const GREET = "greet/user/user_1";
const level = policy("tidy", { kind: "user", level: true, maxAge: "forever" }, ({ after }) =>
  after._tag === "Live" ? [job("log", { tidy: true })] : [],
);

eachDatabase("replay()", (database) => {
  const states = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(Object.entries(await ledgerOf(database())).map(([key, { state }]) => [key, state]));

  test("plans what the log wants and the ledger lost, and nothing twice", async () => {
    await take(database(), POLICIES, [told("user.created", 1), told("user.updated", 2)]);
    const before = await states();
    expect(Object.keys(before).length).toBeGreaterThan(2);
    const replay = replayer(database(), { policies: POLICIES });
    expect(await replay()).toMatchObject({ planned: [], restored: [] });
    await tamper(database(), "delete from docket.job");
    expect((await replay({ dry: true })).planned.toSorted()).toEqual(Object.keys(before).sort());
    expect(await states()).toEqual({});
    expect((await replay()).planned.toSorted()).toEqual(Object.keys(before).sort());
    expect(await states()).toEqual(before);
    expect(await replay()).toMatchObject({ planned: [], restored: [] });
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("puts back as done what was done and lost, and runs it no second time", async () => {
    await take(database(), [greet], [told("user.created", 1)]);
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { email: spy.run });
    await worker.runDue();
    await tamper(database(), "delete from docket.job");
    expect(await replayer(database(), { policies: [greet] })()).toMatchObject({ planned: [], restored: [GREET] });
    expect(await states()).toEqual({ [GREET]: "done" });
    await worker.runDue();
    expect(spy.calls).toHaveLength(1);
  });

  test("holds to maxAge, to the time since when a policy is on, and to what messages are chosen", async () => {
    const now = policy("now", { kind: "user" }, ({ after }) => (after._tag === "Live" ? [job("log", {})] : []));
    const since = policy("since", { kind: "user", maxAge: "forever", sinceMs: 8.64e15 }, () => [job("log", {})]);
    const always = policy("always", { kind: "user", maxAge: "forever" }, () => [job("log", {})]);
    const old = { ...told("user.created", 1), receivedAtMs: told("user.created", 1).receivedAtMs + 4 * 86_400_000 };
    await take(database(), [], [old, told("organization.created", 2)]);
    const replay = replayer(database(), { policies: [now, since, always] });
    expect((await replay({ choice: { type: "organization.created" } })).planned).toEqual([]);
    expect((await replay({ choice: { type: "user.created" } })).planned).toEqual(["always/user/user_1/+"]);
  });

  test("plans what a policy that threw did not, and takes its fault away; arms what is level-triggered", async () => {
    const broken: Policy = policy("greet", { kind: "user", once: true, maxAge: "forever" }, () => {
      throw new Error("broken");
    });
    const faults = async (): Promise<number> =>
      (await sql`select from docket.plan_fault`.execute(database().db)).rows.length;
    await take(database(), [broken], [told("user.created", 1)]);
    expect(await faults()).toBe(1);
    const replay = replayer(database(), { policies: [greet, level] });
    expect((await replay()).planned).toEqual([GREET, "tidy/user/user_1"]);
    expect(await faults()).toBe(0);
    expect((await replay()).planned).toEqual([]);
  });

  test("plans the jobs of children that a deletion of their parent ended", async () => {
    const ended = policy("ended", { kind: "session", maxAge: "forever" }, ({ after }) =>
      after._tag === "Deleted" ? [job("log", {})] : [],
    );
    const deletion = gone("user.deleted", 9);
    await take(
      database(),
      [],
      [told("user.created", 1), told("session.created", 2, { user_id: "user_1" }, "one", "sess_1"), deletion],
    );
    // What was sealed is left alone: nobody can say what it wanted.
    const sealed = replayer(database(), { policies: [ended] });
    expect((await sealed({ choice: { ids: [deletion.svixId] } })).planned).toEqual([]);
    await tamper(database(), "update docket.head set sealed = false");
    const { planned } = await sealed({ choice: { ids: [deletion.svixId] } });
    expect(planned).toEqual([expect.stringMatching(/^ended\/session\/sess_\w+\/-$/)]);
  });

  test("forced, runs the chosen messages' jobs again, under keys of their own and as they are wanted now", async () => {
    await take(database(), [greet], [told("user.created", 1), told("organization.created", 2)]);
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { email: spy.run });
    await worker.runDue();
    const politer = policy("greet", greet.options, ({ after }) =>
      after._tag === "Live" ? [job("email", { dear: after.value.firstName })] : [],
    );
    const replay = replayer(database(), { policies: [politer] });
    expect(await replay({ mode: "forced", choice: { type: "organization.created" } })).toMatchObject({ again: [] });
    for (let time = 1; time <= 2; time += 1) {
      expect(await replay({ mode: "forced", choice: { type: "user.created" } })).toMatchObject({ again: [GREET] });
      await worker.runDue();
    }
    expect(spy.calls.map(({ payload, context }) => [payload, context.key])).toEqual([
      [{ to: "Ada" }, GREET],
      [{ dear: "Ada" }, `${GREET}/again/1`],
      [{ dear: "Ada" }, `${GREET}/again/2`],
    ]);
    expect(await states()).toEqual({ [GREET]: "done" });
  });

  test("forced, lets dead jobs go under their key, and leaves alone what was cancelled, waits or is erased", async () => {
    await take(database(), [greet, bury], [told("user.created", 1)]);
    const replay = replayer(database(), { policies: [greet, bury] });
    expect(await replay({ mode: "forced" })).toMatchObject({ again: [], left: [GREET] });
    await setJob(database(), GREET, "phase = 'cancelled'");
    expect(await replay({ mode: "forced" })).toMatchObject({ again: [], left: [GREET] });
    await setJob(database(), GREET, DEAD);
    expect(await replay({ mode: "forced" })).toMatchObject({ again: [GREET], left: [] });
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { email: spy.run, "crm.bury": spy.run });
    await worker.runDue();
    expect(spy.calls.map(({ context }) => context.key)).toEqual([GREET]);
    await take(database(), [greet, bury], [gone("user.deleted", 9)]);
    await worker.runDue();
    await tamper(database(), "update docket.head set sealed = true where id = 'user_1'");
    expect(await replay({ mode: "forced" })).toMatchObject({
      again: [],
      left: expect.arrayContaining(["bury/user/user_1/-"]),
    });
  });

  test("of state alone, makes good the rows of the chosen messages' entities, and plans nothing", async () => {
    await take(database(), POLICIES, [told("user.created", 1), told("organization.created", 2)]);
    await tamper(database(), "delete from docket.job");
    await tamper(database(), "update clerk.users set first_name = 'Eve'");
    await tamper(database(), "delete from clerk.organizations");
    const replay = replayer(database(), { policies: POLICIES });
    const choice = { type: "user.created" };
    expect(await replay({ mode: "state", choice, dry: true })).toMatchObject({ repaired: [{ field: "first_name" }] });
    expect(await replay({ mode: "state", choice })).toMatchObject({
      planned: [],
      repaired: [{ table: "clerk.users", field: "first_name", inTable: "Eve" }],
    });
    const left = await differencesIn(database(), "erase");
    expect(left.filter((it) => !it.includes(" docket.job "))).toEqual([
      expect.stringMatching(/^- clerk\.organizations /),
    ]);
    expect(await states()).toEqual({});
  });
});
