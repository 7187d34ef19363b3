import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import {
  BREAKER_EXAMPLE,
  JOB_EXAMPLE,
  JOB_WHOLE_EXAMPLE,
  POLICY_EXAMPLE,
} from "../../../src/shell/api/work_examples.ts";
import { ask, walk } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { bury, DEAD, destroy, greet, link, PUT_OFF, RUNNING, remind, setJob } from "../../support/jobs.ts";
import { type Service, startService } from "../../support/service.ts";
import { take } from "../../support/work.ts";

const POLICIES = [greet, remind, destroy, bury, link];
const GREET = "greet/user/user_1";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("GET /v1/jobs", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };
  const breaker = (target: string, handler: string): Promise<unknown> =>
    sql`
      insert into docket.breaker (target, handler, failures, trips, opened_at, probe_at, last_error)
      values (${target}, ${handler}, 5, 1, now(), now() + interval '10 seconds', 'down')`.execute(database().db);
  const stop = (policy: string): Promise<unknown> =>
    sql`
      insert into docket.policy_stop (policy, stopped_at, reason) values (${policy}, now(), 'over 50')`.execute(
      database().db,
    );

  test("shows the last updated first, each with what it waits for, without payloads", async () => {
    const running = await start();
    await take(database(), POLICIES, [told("user.created", 1)]);
    await setJob(database(), GREET, DEAD);
    const { status, headers, body, text } = await ask(running, "/jobs");
    expect([status, headers.get("cache-control"), body.next]).toEqual([200, "no-store", null]);
    expect(body.items.map(({ key, state, waitsFor }) => [key, state, waitsFor])).toEqual([
      ["remind/user/user_1/+", "planned", "time"],
      ["link/user/user_1/+/retry", "planned", null],
      [GREET, "dead", null],
      ["destroy/user/user_1/+", "planned", "approval"],
    ]);
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(body.items[2]).toEqual({
      key: GREET,
      state: "dead",
      waitsFor: null,
      policy: "greet",
      entityKind: "user",
      entityId: "user_1",
      intent: "+",
      handler: "email",
      asOfMs: EPOCH_MS + 1,
      svixId: "msg_user.created_1_one",
      level: false,
      approval: false,
      approvedAt: null,
      attempts: 3,
      attemptsSpent: 0,
      lastError: "boom",
      startAt: new Date(EPOCH_MS + 1).toISOString(),
      dueAt: new Date(EPOCH_MS + 1).toISOString(),
      plannedAt: iso,
      updatedAt: iso,
      finishedAt: iso,
    });
    expect(Object.keys(JOB_EXAMPLE)).toEqual(Object.keys(body.items[2] ?? {}));
    expect(text).not.toContain("Ada");
  });

  test("pages through times finer than a millisecond, and ties, without gaps or repeats while jobs are added", async () => {
    const running = await start();
    const ids = Array.from({ length: 17 }, (_, index) => `user_${String(index).padStart(2, "0")}`);
    await take(
      database(),
      [greet],
      ids.map((id) => told("user.created", 1, {}, id, id)),
    );
    // Three at a time share their microsecond, nine of them their millisecond.
    for (const [index, id] of ids.entries()) {
      const micros = Math.floor(index / 9) * 1_000 + Math.floor(index / 3) * 7;
      await setJob(
        database(),
        `greet/user/${id}`,
        `updated_at = timestamptz '2026-01-31T12:00:00.123Z' + ${micros} * interval '1 microsecond'`,
      );
    }
    let added = 0;
    const seen = await walk(running, "/jobs?limit=4", () =>
      take(database(), [greet], [told("user.created", 1, {}, `new_${++added}`, `user_new_${added}`)]),
    );
    expect(added).toBe(4);
    expect(seen.map(({ entityId }) => entityId)).toEqual(ids.toReversed());
    expect((await ask(running, "/jobs?before=2026-01-31T12:00:00.123Z")).body.items).toEqual([]);
    expect((await ask(running, "/jobs?before=2026-01-31T12:00:00.124Z")).body.items).toHaveLength(9);
  });

  test("filters by state, policy, handler and entity, alone and together", async () => {
    const running = await start();
    await take(database(), POLICIES, [told("user.created", 1)]);
    await take(database(), POLICIES, [told("user.created", 1, {}, "two", "user_2"), gone("user.deleted", 2, "user_2")]);
    await take(database(), [greet], [told("user.created", 1, {}, "three", "user_3")]);
    await take(database(), [greet], [told("user.created", 1, {}, "four", "user_4")]);
    await setJob(database(), "greet/user/user_3", "phase = 'done', wanted = false");
    await setJob(database(), "greet/user/user_4", RUNNING);
    await setJob(database(), "remind/user/user_1/+", "phase = 'cancelled'");
    await setJob(database(), "link/user/user_1/+/retry", DEAD);
    await setJob(database(), GREET, "phase = 'done'");
    await stop("bury");
    const found = async (query: string): Promise<readonly unknown[]> =>
      (await ask(running, `/jobs?${query}`)).body.items.map(({ key }) => key).toSorted();
    expect(await found("state=planned")).toEqual(["bury/user/user_2/-", "destroy/user/user_1/+"]);
    expect(await found("state=running")).toEqual(["greet/user/user_4"]);
    expect(await found("state=done")).toEqual([GREET]);
    expect(await found("state=regretted")).toEqual(["greet/user/user_3"]);
    expect(await found("state=dead")).toEqual(["link/user/user_1/+/retry"]);
    expect(await found("state=cancelled&entity=user_1")).toEqual(["remind/user/user_1/+"]);
    expect(await found("state=cancelled&entity=user_2")).toHaveLength(4);
    expect(await found("state=withdrawn")).toEqual([]);
    expect(await found("state=held")).toEqual(["destroy/user/user_1/+"]);
    expect(await found("state=stopped")).toEqual(["bury/user/user_2/-"]);
    expect(await found("policy=greet")).toHaveLength(4);
    expect(await found("policy=greet&state=done")).toEqual([GREET]);
    expect(await found("handler=crm.bury")).toEqual(["bury/user/user_2/-"]);
    expect(await found("entity=users/user_2&handler=email")).toHaveLength(2);
    expect(await found("entity=organization/user_1")).toEqual([]);
  });

  test.each([
    ["state", ["", "Dead", "pending", "constructor"]],
    ["policy", ["", "%00", "é", "x".repeat(257)]],
    ["handler", ["", "%0a"]],
    ["entity", ["", "person/user_1", "user/"]],
    ["limit", ["0", "201", "5&limit=6"]],
    ["before", ["yesterday", "1_000.bXNn", "1_5.bXNn", "1_0001.bXNn"]],
  ])("answers 400 to a malformed %s, and says what is allowed", async (parameter, values) => {
    const running = await start();
    for (const value of values) {
      const { status, body } = await ask(running, `/jobs?${parameter}=${value}`);
      expect([value, status, body.error?.code]).toEqual([value, 400, "invalid_query"]);
      expect(body.error?.message).toStartWith(`Parameter ${parameter} must be `);
      expect(body.error?.message).not.toContain("constructor");
    }
  });

  test("shows one whole, by its key with slashes as they are or encoded", async () => {
    const running = await start();
    await take(database(), POLICIES, [told("user.created", 1)]);
    for (const key of [GREET, "destroy/user/user_1/+", "link/user/user_1/+/retry"]) {
      for (const path of [key, encodeURIComponent(key), key.replace("/", "%2F")]) {
        expect([path, (await ask(running, `/jobs/${path}`)).body["key"]]).toEqual([path, key]);
      }
    }
    await setJob(database(), GREET, `${PUT_OFF}, attempts_spent = 1`);
    await sql`
      insert into docket.attempt (key, number, run, started_at, ended_at, outcome, error) values
        (${GREET}, 1, gen_random_uuid(), now(), now(), 'failed', 'first'),
        (${GREET}, 2, gen_random_uuid(), now(), null, null, null)`.execute(database().db);
    await breaker("smtp.example", "email");
    await breaker("elsewhere", "other");
    await stop("greet");
    const { status, body } = await ask(running, `/jobs/${GREET}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: "planned",
      phase: "pending",
      waitsFor: "stopped",
      payload: { to: "Ada" },
      until: "deleted",
      needs: [],
      attempts: 1,
      attemptsSpent: 1,
      lastError: "boom",
      attemptLog: [
        { number: 2, outcome: null, endedAt: null, error: null },
        { number: 1, outcome: "failed", error: "first" },
      ],
      breakers: [{ target: "smtp.example", open: true, failures: 5, lastError: "down" }],
      policyStop: { reason: "over 50" },
      audit: [],
    });
    expect(Object.keys(JOB_WHOLE_EXAMPLE).toSorted()).toEqual(Object.keys(body).toSorted());
    const [attempt] = body["attemptLog"] as readonly object[];
    expect(Object.keys(attempt ?? {})).toEqual(Object.keys(JOB_WHOLE_EXAMPLE.attemptLog[0] ?? {}));
    const linked = (await ask(running, "/jobs/link/user/user_1/+/retry")).body;
    expect(linked["unmet"]).toEqual([{ kind: "organization", id: "org_1" }]);
  });

  test("says what a planned job waits for", async () => {
    const running = await start();
    await take(database(), POLICIES, [told("user.created", 1)]);
    const waitsFor = async (key: string): Promise<unknown> => (await ask(running, `/jobs/${key}`)).body["waitsFor"];
    expect(await waitsFor(GREET)).toBeNull();
    await setJob(database(), GREET, PUT_OFF);
    expect(await waitsFor(GREET)).toBe("retry");
    await setJob(database(), GREET, "next_at = now() - interval '1 second'");
    expect(await waitsFor(GREET)).toBeNull();
    await breaker("email", "email");
    expect(await waitsFor(GREET)).toBe("breaker");
    await setJob(database(), "destroy/user/user_1/+", "approved_at = now()");
    expect(await waitsFor("destroy/user/user_1/+")).toBeNull();
    await setJob(database(), GREET, RUNNING);
    expect(await waitsFor(GREET)).toBeNull();
  });

  test("answers 404 to a key that is not there, whatever it is", async () => {
    const running = await start();
    await take(database(), POLICIES, [told("user.created", 1)]);
    for (const key of [
      "greet/user/user_2",
      `${GREET}/retry`,
      `${GREET}/`,
      "%00",
      "%zz",
      "x".repeat(3_000),
      `//${GREET}`,
      "%F0%9F%98%80",
    ]) {
      const { status, headers, body } = await ask(running, `/jobs/${key}`);
      expect([key, status, body.error?.code]).toEqual([key, 404, "not_found"]);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(body.error?.message).toContain("GET /v1/jobs");
    }
  });

  test("lists policies and breakers, those that hold jobs up first", async () => {
    const running = await start();
    await sql`
      insert into docket.setting values ('policy:greet', ${String(EPOCH_MS)}), ('policy:bury', '1'), ('instance', 'x')`.execute(
      database().db,
    );
    await stop("greet");
    await sql`insert into docket.policy_stop (policy, resumed_at) values ('old', now())`.execute(database().db);
    await breaker("b", "email");
    await breaker("c", "email");
    await sql`insert into docket.breaker (target, handler, failures) values ('a', 'email', 2)`.execute(database().db);
    const policies = (await ask(running, "/policies")).body;
    expect(policies.items).toMatchObject([
      { policy: "greet", since: new Date(EPOCH_MS).toISOString(), reason: "over 50" },
      { policy: "bury", stoppedAt: null },
      { policy: "old", since: null, stoppedAt: null, resumedAt: expect.any(String) },
    ]);
    expect(Object.keys(policies.items[0] ?? {})).toEqual(Object.keys(POLICY_EXAMPLE));
    const breakers = (await ask(running, "/breakers")).body;
    expect(breakers.items.map(({ target, open }) => [target, open])).toEqual([
      ["b", true],
      ["c", true],
      ["a", false],
    ]);
    expect(Object.keys(breakers.items[0] ?? {})).toEqual(Object.keys(BREAKER_EXAMPLE));
  });
});
