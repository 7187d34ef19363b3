import { expect, test } from "bun:test";
import { type EntityRef, job, policy, refKey } from "../../../src/core/mod.ts";
import { handler } from "../../../src/shell/handler/handler.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const KEY = "grant/organization_membership/orgmem_1/+";
const grant = policy("grant", { kind: "organization_membership", maxAge: "forever" }, ({ before, after }) =>
  before._tag === "Absent" && after._tag === "Live"
    ? [
        job("mine", null, {
          needs: [
            { kind: "user", id: "user_1" },
            { kind: "organization", id: "org_1" },
          ],
        }),
      ]
    : [],
);
const PARENTS = { organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
const membership = told("organizationMembership.created", 1, PARENTS, "m", "orgmem_1");
const organization = told("organization.created", 2, { name: "Ltd" }, "o", "org_1");
const user = told("user.created", 3);

eachDatabase("a job's needs", (database) => {
  test("keep it waiting, without an attempt, until all of them are on file", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [grant], [membership, organization]);
    await worker.runDue();
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "planned", waiting: "needs", attempts: 0 });
    await take(database(), [grant], [user]);
    clock.move(SECOND_MS);
    await worker.runDue();
    expect(spy.calls.length).toBe(1);
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "done", waiting: null, attempts: 1 });
  });

  test("are met by a parent that is deleted: then the job is pointless", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { mine: spy.run }, clock);
    await take(database(), [grant], [membership, user, gone("organization.deleted", 5, "org_1")]);
    await worker.runDue();
    expect(spy.calls.length).toBe(0);
    expect((await ledgerOf(database()))[KEY]?.state).not.toBe("planned");
  });

  test("are asked of Clerk when webhooks are overdue, once they are; the job goes on when it told", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const asked: string[] = [];
    const spy = spyHandler();
    const askFor = async (ref: EntityRef): Promise<"found"> => {
      asked.push(refKey(ref));
      await take(database(), [grant], [user]);
      return "found";
    };
    const worker = makeTestWorker(database(), { mine: spy.run }, { ...clock, askFor });
    await take(database(), [grant], [membership, organization]);
    for (let second = 0; second < 20; second += 1) {
      await worker.runDue();
      if (second < 9) expect(asked).toEqual([]);
      clock.move(SECOND_MS);
    }
    expect(asked).toEqual(["user/user_1"]);
    expect(spy.calls.length).toBe(1);
  });

  test("that Clerk does not know, or that never come, end in a dead letter with the reason", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    await take(database(), [grant], [membership, organization]);
    const asking = makeTestWorker(database(), {}, { ...clock, askFor: async () => "missing" });
    for (let second = 0; second < 20; second += 1) {
      await asking.runDue();
      clock.move(SECOND_MS);
    }
    expect((await ledgerOf(database()))[KEY]).toMatchObject({
      state: "dead",
      attempts: 0,
      last_error: "needs user/user_1, which Clerk does not know",
    });
    const other = told("organizationMembership.created", 9, PARENTS, "m2", "orgmem_2");
    await take(database(), [grant], [other]);
    const waiting = makeTestWorker(database(), {}, clock);
    await waiting.runDue();
    clock.move(2 * DAY_MS);
    await waiting.runDue();
    expect((await ledgerOf(database()))["grant/organization_membership/orgmem_2/+"]).toMatchObject({
      state: "dead",
      last_error: "waited two days for user/user_1, which never came",
    });
  });

  test("of many jobs do not keep one from running that needs nothing", async () => {
    const clock = virtualClock(EPOCH_MS + 60 * SECOND_MS);
    const plain = policy("plain", { kind: "role", maxAge: "forever" }, () => [job("mine", null)]);
    const members = Array.from({ length: 6 }, (_, index) =>
      told("organizationMembership.created", index, PARENTS, `m${index}`, `orgmem_${index}`),
    );
    const role = told("role.created", 50_000, { name: "Admin", key: "org:admin" }, "r", "role_1");
    const spy = spyHandler();
    await take(database(), [grant, plain], [...members, role]);
    await makeTestWorker(database(), { mine: handler({ concurrency: 1 }, spy.run) }, clock).runDue();
    expect(spy.calls.map(({ context }) => context.policy)).toEqual(["plain"]);
  });
});
