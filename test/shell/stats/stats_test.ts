import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { SERIES_EXAMPLE, STATS_EXAMPLE } from "../../../src/shell/api/stats_documentation.ts";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { bury, DEAD, destroy, greet, link, PUT_OFF, RUNNING, remind, setJob } from "../../support/jobs.ts";
import { type Service, startService } from "../../support/service.ts";
import { take } from "../../support/work.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("GET /v1/stats", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };
  const run = (text: string): Promise<unknown> => sql.raw(text).execute(database().db);

  test("says of an empty database that all is well, in the shape that is documented", async () => {
    const { status, headers, body } = await ask(await start(), "/stats");
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({
      database: { flavor: database().flavor },
      source: { silent: false, silentSince: null, findings: [], lastReceivedAt: null },
      messages: { lastHour: { received: 0 }, lastDay: { received: 0 }, quarantined: 0 },
      healthy: true,
      problems: [],
    });
    expect(Object.keys(STATS_EXAMPLE)).toEqual(Object.keys(body));
    expect(Object.keys(STATS_EXAMPLE.jobs)).toEqual(Object.keys(body["jobs"] as object));
  });

  test("counts what was received by outcome, what is on file by kind, and jobs by state", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 5, { id: "user_1" }));
    await sendEvent(running, "msg_1", event("user.created", 5, { id: "user_1" }));
    await sendEvent(running, "msg_2", event("user.updated", 1, { id: "user_1" }));
    await sendEvent(running, "msg_3", "{");
    await sendEvent(running, "msg_4", event("user.deleted", 9, { id: "user_9" }));
    await take(database(), [greet, remind, destroy, bury, link], [told("user.created", 1, {}, "a", "user_5")]);
    await take(
      database(),
      [greet],
      ["b", "c", "d"].map((id) => told("user.created", 1, {}, id, `user_${id}`)),
    );
    await setJob(database(), "greet/user/user_5", DEAD);
    await setJob(database(), "greet/user/user_b", RUNNING);
    await setJob(database(), "greet/user/user_c", "phase = 'done', wanted = false");
    await setJob(database(), "greet/user/user_d", PUT_OFF);
    // Nobody sent it again: it was only decided anew.
    await fetch(`${running.url}/v1/events/msg_3/replay`, { method: "POST" });
    const { body } = await ask(running, "/stats");
    const lastHour = { received: 5, applied: 2, stale: 1, duplicate: 1, ignored: 0, foreign: 0, quarantined: 1 };
    expect(body["messages"]).toEqual({ lastHour, lastDay: lastHour, quarantined: 1 });
    expect(body["entities"]).toContainEqual({ kind: "user", estimate: 5 });
    expect(body["jobs"]).toMatchObject({
      planned: 4,
      due: 1,
      running: 1,
      done: 0,
      dead: 1,
      held: 1,
      regretted: 1,
      more: false,
    });
    expect(body).toMatchObject({ healthy: false, source: { lastReceivedAt: expect.any(String) } });
    expect((body["problems"] as { code: string }[]).map(({ code }) => code)).toEqual([
      "dead_letters",
      "jobs_overdue",
      "quarantined",
      "jobs_held",
    ]);
  });

  test("names each problem, the most urgent first, and says what to do", async () => {
    await run(`insert into docket.silence (watched_since, listening_since, due_at, checked_at, silent_since, findings)
      values (now(), now(), now(), now(), now(), '[{"_tag":"BehindClerk","kind":"user","id":"user_7","atMs":0}]')`);
    await run(`insert into docket.policy_stop (policy, stopped_at, reason) values ('bury', now(), 'over 50')`);
    await run(`insert into docket.breaker (target, handler, opened_at, probe_at) values ('crm', 'x', now(), now())`);
    await run(`insert into docket.plan_fault values ('greet', 'user', 'user_1', '+', 'boom')`);
    const { body } = await ask(await start(), "/stats");
    expect(body).toMatchObject({ breakersOpen: 1, policiesStopped: 1, healthy: false, source: { silent: true } });
    const problems = body["problems"] as { code: string; message: string; action: string }[];
    expect(problems.map(({ code }) => code)).toEqual([
      "source_silent",
      "policies_stopped",
      "breakers_open",
      "policy_faults",
    ]);
    for (const [index, word] of ["user_7", "bury", "crm", "greet"].entries()) {
      expect(problems[index]?.message).toContain(word);
      expect(problems[index]?.action.length).toBeGreaterThan(20);
    }
  });

  test("shows a series with the lags, and points where nothing happened", async () => {
    const running = await start();
    await take(database(), [], [gone("user.deleted", 1, "user_0")]);
    await sendEvent(running, "msg_1", event("user.created", 70_000, { id: "user_1" }));
    await sendEvent(running, "msg_2", event("user.updated", 10_000, { id: "user_1" }));
    const { body } = await ask(running, "/stats/series?points=100");
    const points = body["points"] as { received: number; stale: number; lateMs: { p50: number } | null }[];
    expect(body["stepSeconds"]).toBe(60);
    expect(points.length).toBeWithin(60, 62);
    expect(Object.keys(SERIES_EXAMPLE.points[0] ?? {})).toEqual(Object.keys(points[0] ?? {}));
    // A minute may have begun between the two.
    const counted = points.filter(({ received }) => received > 0);
    expect(counted.reduce((sum, { received }) => sum + received, 0)).toBe(2);
    expect(counted.find(({ stale }) => stale === 1)?.lateMs?.p50).toBeWithin(20_000, 60_001);
    expect(points[0]).toMatchObject({ received: 0, receivedToAppliedMs: null });
  });

  test.each([
    ["from=yesterday", "from"],
    ["until=5", "until"],
    ["from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "from"],
    ["from=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z", "from"],
    ["points=301", "points"],
    ["points=9", "points"],
    ["points=20&points=20", "points"],
  ])("answers 400 to a series of %s", async (query, parameter) => {
    const { status, body } = await ask(await start(), `/stats/series?${query}`);
    expect([status, body.error?.code]).toEqual([400, "invalid_query"]);
    expect(body.error?.message).toStartWith(`Parameter ${parameter} must be `);
  });
});
