import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { job, policy } from "../../../src/core/mod.ts";
import { ask } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { auditOf, DEAD, greet, link, PUT_OFF, post, setJob } from "../../support/jobs.ts";
import { type Service, startService } from "../../support/service.ts";
import { ledgerOf, makeTestWorker, spyHandler, take } from "../../support/work.ts";

const GREET = "greet/user/user_1";
const TARGET = "https://hooks.example/a b";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("resume", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };

  test("lets a stopped policy go on, and what it had planned by then stops it no more", async () => {
    const running = await start();
    const hasty = policy(
      "hasty",
      { kind: "user", maxAge: "forever", stopAbove: { jobs: 1, per: "1 day" } },
      ({ before }) => (before._tag === "Absent" ? [job("mine", {}, { after: { atMs: Date.now() } })] : []),
    );
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { mine: spy.run }, { policies: [hasty] });
    await take(database(), [hasty], [told("user.created", 1), told("user.created", 2, {}, "two", "user_2")]);
    await worker.runDue();
    expect(spy.calls).toEqual([]);
    expect((await ask(running, "/policies")).body.items).toMatchObject([
      { policy: "hasty", reason: "over 1 jobs within 86400 s" },
    ]);
    expect((await ask(running, "/jobs?state=stopped")).body.items).toMatchObject([
      { waitsFor: "stopped" },
      { waitsFor: "stopped" },
    ]);
    expect((await post(running, "/policies/hasty/resume")).body).toMatchObject({
      changed: true,
      policy: { policy: "hasty", stoppedAt: null, reason: null, resumedAt: expect.any(String) },
    });
    expect((await post(running, "/policies/hasty/resume")).body).toMatchObject({ changed: false });
    await worker.runDue();
    expect(spy.calls).toHaveLength(2);
    expect(await auditOf(database())).toEqual([{ action: "resume", subject: "hasty", actor: "api" }]);
  });

  test("closes the breaker of a target, whose jobs are due at once", async () => {
    const running = await start();
    await take(database(), [greet, link], [told("user.created", 1)]);
    await take(database(), [greet], [told("user.created", 1, {}, "two", "user_2")]);
    await setJob(database(), GREET, `${PUT_OFF}, held_by = '${TARGET}'`);
    await setJob(database(), "greet/user/user_2", DEAD);
    await setJob(database(), "link/user/user_1/+/retry", PUT_OFF);
    await sql`
      insert into docket.breaker (target, handler, failures, trips, opened_at, probe_at)
      values (${TARGET}, 'email', 7, 3, now(), now()), ('closed', 'email', 2, 0, null, null)`.execute(database().db);
    const paths = [encodeURIComponent(TARGET), "https://hooks.example/a%20b"];
    const answers = [];
    for (const path of paths) answers.push((await post(running, `/breakers/${path}/resume`)).body);
    expect(answers).toMatchObject([
      { changed: true, breaker: { target: TARGET, open: false, failures: 0, trips: 0, openedAt: null, probeAt: null } },
      { changed: false },
    ]);
    expect((await post(running, "/breakers/closed/resume")).body).toMatchObject({
      changed: false,
      breaker: { failures: 2 },
    });
    expect(await ledgerOf(database())).toMatchObject({
      [GREET]: { waiting: null, last_error: "boom", attempts: 1, attempts_spent: 0 },
      "greet/user/user_2": { phase: "dead" },
      "link/user/user_1/+/retry": { waiting: "retry" },
    });
    expect((await ask(running, `/jobs/${GREET}`)).body["waitsFor"]).toBeNull();
    expect(await auditOf(database())).toEqual([{ action: "resume", subject: TARGET, actor: "api" }]);
  });

  test("answers 404 to what was never there, and to what is no action", async () => {
    const running = await start();
    await sql`insert into docket.setting values ('policy:greet', '1')`.execute(database().db);
    expect((await post(running, "/policies/greet/resume")).body).toMatchObject({ changed: false });
    for (const [path, message] of [
      ["/policies/none/resume", "GET /v1/policies"],
      ["/policies/%00/resume", "GET /v1/policies"],
      ["/policies/greet", "POST to /v1/policies/"],
      ["/policies/greet/stop", "POST to /v1/policies/"],
      ["/breakers/none/resume", "GET /v1/breakers"],
      ["/breakers/%zz/resume", "GET /v1/breakers"],
      ["/breakers/none/retry", "POST to /v1/breakers/"],
    ] as const) {
      const { status, body } = await post(running, path);
      expect([path, status, body.error?.message]).toEqual([path, 404, expect.stringContaining(message)]);
    }
    expect(await auditOf(database())).toEqual([]);
  });
});
