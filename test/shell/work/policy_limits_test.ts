import { expect, test } from "bun:test";
import { sql } from "kysely";
import { builtin, type Policy } from "../../../src/core/mod.ts";
import type { WorkerNews } from "../../../src/shell/work/worker_news.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import type { StoryMessage } from "../../support/stories.ts";
import { ledgerOf, makeTestWorker, spyHandler, take, virtualClock } from "../../support/work.ts";

const HOUR_MS = 3_600_000;

function deletions(from: number, count: number): readonly StoryMessage[] {
  return Array.from({ length: count }, (_, index) => gone("user.deleted", from + index, `user_${from + index}`)).map(
    (it) => ({ ...it, svixId: `msg_${it.envelope.data.id}` }),
  );
}

eachDatabase("a policy's own breaker", (database) => {
  test("stops a mass deletion before the first of its held-back jobs, until a person resumes it", async () => {
    const policies: readonly Policy[] = [builtin.cancelSubscriptions({ handler: "mine" })];
    const clock = virtualClock(EPOCH_MS + HOUR_MS + 10);
    const spy = spyHandler();
    const news: WorkerNews[] = [];
    const worker = makeTestWorker(database(), { mine: spy.run }, { ...clock, policies, report: (it) => news.push(it) });
    await take(database(), policies, deletions(0, 51));
    await worker.runDue();
    expect(spy.calls.length).toBe(0);
    expect(news).toEqual([{ _tag: "PolicyStopped", policy: "cancel-subscriptions" }]);
    expect(Object.values(await ledgerOf(database())).every(({ state }) => state === "planned")).toBe(true);
    await sql`
      update docket.policy_stop set stopped_at = null, reason = null, resumed_at = clock_timestamp()`.execute(
      database().db,
    );
    clock.move(1_000);
    await worker.runDue();
    expect(spy.calls.length).toBe(51);
  });

  test("lets what stays within its rate through, and counts by policy", async () => {
    const policies: readonly Policy[] = [builtin.cleanup({ handler: "mine", stopAbove: { jobs: 3, per: "1 minute" } })];
    const clock = virtualClock(EPOCH_MS + 1_000);
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { mine: spy.run }, { ...clock, policies });
    await take(database(), policies, deletions(0, 3));
    await worker.runDue();
    expect(spy.calls.length).toBe(3);
    await take(database(), policies, deletions(200_000, 3));
    clock.move(200_000);
    await worker.runDue();
    expect(spy.calls.length).toBe(6);
    await take(database(), policies, deletions(200_010, 1));
    await worker.runDue();
    expect(spy.calls.length).toBe(6);
  });

  test("counts what is overdue, which would all run now", async () => {
    const policies: readonly Policy[] = [builtin.cleanup({ handler: "mine" })];
    const clock = virtualClock(EPOCH_MS + HOUR_MS);
    const spy = spyHandler();
    await take(database(), policies, deletions(0, 51));
    await makeTestWorker(database(), { mine: spy.run }, { ...clock, policies }).runDue();
    expect(spy.calls.length).toBe(0);
  });

  test("does not add up what lies further apart than its time", async () => {
    const policies: readonly Policy[] = [
      builtin.cancelSubscriptions({ handler: "mine", holdback: "1 hour", stopAbove: { jobs: 3, per: "1 minute" } }),
    ];
    const clock = virtualClock(EPOCH_MS + HOUR_MS + 20_000);
    const spy = spyHandler();
    await take(database(), policies, [...deletions(0, 1), ...deletions(30_000, 2), ...deletions(70_000, 1)]);
    await makeTestWorker(database(), { mine: spy.run }, { ...clock, policies }).runDue();
    expect(spy.calls.length).toBe(1);
  });
});
