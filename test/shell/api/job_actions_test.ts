import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { JOB_ACTIONS } from "../../../src/shell/work/job_action.ts";
import { ask } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import {
  auditOf,
  bury,
  DEAD,
  destroy,
  greet,
  link,
  PUT_OFF,
  post,
  RUNNING,
  remind,
  setJob,
} from "../../support/jobs.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";
import { ledgerOf, makeTestWorker, spyHandler, take } from "../../support/work.ts";

const POLICIES = [greet, remind, destroy, bury, link];
const GREET = "greet/user/user_1";
const DESTROY = "destroy/user/user_1/+";
const BURY = "bury/user/user_1/-";
const LINK = "link/user/user_1/+/retry";
const TOKEN = "a-token-of-more-than-sixteen";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("POST /v1/jobs", (database) => {
  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    service = await startService(database(), options);
    await take(database(), POLICIES, [told("user.created", 1)]);
    return service;
  };
  const act = async (
    running: Service,
    key: string,
    action: string,
  ): Promise<readonly [number, unknown, string | undefined]> => {
    const { status, body } = await post(running, `/jobs/${key}/${action}`);
    const { state } = (body["job"] ?? {}) as { readonly state?: string };
    return [status, body["changed"] ?? body.error?.code, state ?? body.error?.message];
  };

  test("retries a dead job, whose attempts no longer count, and a worker runs it", async () => {
    const running = await start();
    await setJob(database(), GREET, DEAD);
    const { status, headers, body } = await post(running, `/jobs/${GREET}/retry`);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({
      changed: true,
      job: {
        key: GREET,
        state: "planned",
        waitsFor: null,
        attempts: 3,
        attemptsSpent: 3,
        lastError: "boom",
        finishedAt: null,
        payload: { to: "Ada" },
        audit: [{ action: "retry", actor: "api" }],
      },
    });
    expect(await act(running, GREET, "retry")).toEqual([200, false, "planned"]);
    expect(await auditOf(database())).toEqual([{ action: "retry", subject: GREET, actor: "api" }]);
    const spy = spyHandler();
    await makeTestWorker(database(), { email: spy.run }).runDue();
    expect(spy.calls.map(({ payload }) => payload)).toEqual([{ to: "Ada" }]);
    expect(await act(running, GREET, "retry")).toEqual([409, "conflict", expect.stringContaining("is done")]);
  });

  test("hurries a job that is put off, and one that waits for what it needs", async () => {
    const running = await start();
    await setJob(database(), GREET, PUT_OFF);
    await setJob(
      database(),
      LINK,
      "waiting = 'needs', needed_since = now(), next_at = now() + interval '9 seconds', attempts = 0",
    );
    for (const key of [GREET, LINK]) {
      expect(await act(running, key, "retry")).toEqual([200, true, "planned"]);
      const { rows } = await sql`
        select next_at, waiting, needed_since, attempts - attempts_spent as counted from docket.job where key = ${key}`.execute(
        database().db,
      );
      expect(rows).toEqual([{ next_at: null, waiting: null, needed_since: null, counted: 0 }]);
    }
    // One that starts in the year 2999 has nothing to hurry: that is its policy's wish.
    expect(await act(running, "remind/user/user_1/+", "retry")).toEqual([200, false, "planned"]);
  });

  test("cancels what has not started or is dead, for good, until a person takes it back", async () => {
    const running = await start();
    await setJob(database(), LINK, DEAD);
    for (const key of [GREET, LINK]) {
      expect(await act(running, key, "cancel")).toEqual([200, true, "cancelled"]);
      expect(await act(running, key, "cancel")).toEqual([200, false, "cancelled"]);
    }
    await take(database(), POLICIES, [told("user.updated", 5, { first_name: "Eve" })]);
    const { finishedAt } = (await ask(running, `/jobs/${GREET}`)).body;
    expect(finishedAt).toBeString();
    expect((await ledgerOf(database()))[GREET]).toMatchObject({ phase: "cancelled" });
    const spy = spyHandler();
    await makeTestWorker(database(), { email: spy.run, "crm.link": spy.run }).runDue();
    expect(spy.calls).toEqual([]);
    expect(await act(running, GREET, "retry")).toEqual([200, true, "planned"]);
    expect((await auditOf(database())).map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      `cancel ${GREET}`,
      `cancel ${LINK}`,
      `retry ${GREET}`,
    ]);
  });

  test("cancels what is withdrawn or pointless too, so that it never comes back", async () => {
    const running = await start();
    await setJob(database(), GREET, "wanted = false");
    await setJob(database(), LINK, "moot = true");
    for (const key of [GREET, LINK]) expect(await act(running, key, "cancel")).toEqual([200, true, "cancelled"]);
    const { rows } = await sql`select distinct phase from docket.job where key in (${GREET}, ${LINK})`.execute(
      database().db,
    );
    expect(rows).toEqual([{ phase: "cancelled" }]);
  });

  test("approves what waits for approval, once", async () => {
    const running = await start();
    const spy = spyHandler();
    const worker = makeTestWorker(database(), { "crm.delete": spy.run, email: spy.run, "crm.link": spy.run });
    await worker.runDue();
    expect(spy.calls.map(({ context }) => context.key)).toEqual([GREET]);
    expect(await act(running, DESTROY, "approve")).toEqual([200, true, "planned"]);
    expect(await act(running, DESTROY, "approve")).toEqual([200, false, "planned"]);
    await worker.runDue();
    expect(spy.calls.map(({ context }) => context.key)).toEqual([GREET, DESTROY]);
    expect(await act(running, DESTROY, "approve")).toEqual([200, false, "done"]);
    expect(await act(running, LINK, "approve")).toEqual([409, "conflict", expect.stringContaining("no approval")]);
    expect(await auditOf(database())).toEqual([{ action: "approve", subject: DESTROY, actor: "api" }]);
  });

  test.each([
    [RUNNING, ["retry", "cancel"], "is running: wait"],
    ["phase = 'done'", ["retry", "cancel"], "is done: "],
    ["phase = 'done', wanted = false", ["retry", "cancel"], "is regretted: "],
    ["wanted = false", ["retry", "approve"], "is withdrawn: its policy wants it no longer"],
    ["wanted = false, phase = 'dead'", ["retry"], "is dead: its policy wants it no longer"],
    ["wanted = false, phase = 'cancelled'", ["retry"], "is cancelled: its policy wants it no longer"],
    ["moot = true", ["retry", "approve"], "is cancelled: it is pointless by now"],
    ["phase = 'dead'", ["approve"], "is dead: let it go again with retry"],
    ["phase = 'cancelled'", ["approve"], "is cancelled: let it go again with retry"],
  ])("of a job with %s refuses to %j, says why, and changes nothing", async (columns, actions, reason) => {
    const running = await start();
    await setJob(database(), DESTROY, columns);
    const before = await sql`select * from docket.job where key = ${DESTROY}`.execute(database().db);
    for (const action of actions) {
      expect(await act(running, DESTROY, action)).toEqual([409, "conflict", expect.stringContaining(reason)]);
    }
    expect(await sql`select * from docket.job where key = ${DESTROY}`.execute(database().db)).toEqual(before);
    expect(await auditOf(database())).toEqual([]);
  });

  test("lets the personal data go when the last job of the deletion is cancelled, and then retries it no more", async () => {
    const running = await start();
    await take(database(), POLICIES, [gone("user.deleted", 2)]);
    await setJob(database(), BURY, DEAD);
    const sweep = async (): Promise<void> => {
      while (await sweepPage(database().db, { onDelete: "erase", policies: POLICIES }));
    };
    await sweep();
    expect((await ask(running, `/jobs/${BURY}`)).body["payload"]).toEqual({ name: "Ada" });
    expect(await act(running, BURY, "cancel")).toEqual([200, true, "cancelled"]);
    await sweep();
    expect((await ask(running, `/jobs/${BURY}`)).body["payload"]).toBeNull();
    expect(await act(running, BURY, "retry")).toEqual([409, "conflict", expect.stringContaining("was erased")]);
  });

  test("takes what is said in a message away with the last job that would have delivered it", async () => {
    const running = await start();
    await sql`
      insert into docket.message_content values ('ema_1', '{}', now() + interval '1 hour'), ('ema_2', '{}', now())`.execute(
      database().db,
    );
    await setJob(database(), GREET, "kind = 'message', entity = 'ema_1'");
    expect(await act(running, GREET, "cancel")).toEqual([200, true, "cancelled"]);
    const { rows } = await sql`select id from docket.message_content`.execute(database().db);
    expect(rows).toEqual([{ id: "ema_2" }]);
  });

  test("takes the word after the last slash for the action, whatever the key ends in", async () => {
    const running = await start();
    await setJob(database(), LINK, DEAD);
    for (const path of [LINK, LINK.replaceAll("/", "%2F"), encodeURIComponent(LINK)]) {
      await setJob(database(), LINK, "phase = 'dead'");
      expect([path, ...(await act(running, path, "retry"))]).toEqual([path, 200, true, "planned"]);
    }
    // The key without its action: the job `link/user/user_1/+` is not there.
    const short = await post(running, `/jobs/${LINK}`);
    expect([short.status, short.body.error?.message]).toEqual([404, expect.stringContaining("No job has this key")]);
    for (const path of ["", `/${encodeURIComponent(LINK)}`, `/${GREET}`, `/${GREET}/delete`, `/${GREET}/retry/`]) {
      const { status, body } = await post(running, `/jobs${path}`);
      expect([path, status, body.error?.code]).toEqual([path, 404, "not_found"]);
    }
    for (const key of ["greet/user/user_2", "%00", "%zz", "x".repeat(3_000)]) {
      for (const action of JOB_ACTIONS) {
        expect(await act(running, key, action)).toEqual([404, "not_found", expect.stringContaining("GET /v1/jobs")]);
      }
    }
  });

  test("reads no body, and so minds none", async () => {
    const running = await start();
    const headers = { "content-type": "application/json" };
    for (const path of [GREET, encodeURIComponent(GREET)]) {
      expect((await post(running, `/jobs/${path}/retry`, { body: "{not json", headers })).status).toBe(200);
    }
  });

  test("is guarded as reading is, and against pages of other sites besides", async () => {
    const running = await start({ adminToken: TOKEN });
    const paths = [`/jobs/${GREET}/cancel`, `/jobs/${encodeURIComponent(GREET)}/cancel`, "/policies/greet/resume"];
    for (const path of [...paths, "/breakers/email/resume", "/nowhere"]) {
      expect([path, (await post(running, path)).status]).toEqual([path, 401]);
    }
    for (const path of ["/jobs", `/jobs/${GREET}`, "/jobs/x", "/policies", "/breakers", "/sessions/sess_1/active"]) {
      expect([path, (await ask(running, path)).status]).toEqual([path, 401]);
    }
    const headers = { authorization: `Bearer ${TOKEN}`, origin: "https://dashboard.example" };
    expect((await post(running, `/jobs/${GREET}/cancel`, { headers })).status).toBe(200);
  });

  test.each([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("without a token refuses to change anything for a page with %j", async (headers) => {
    const running = await start();
    const init = { headers: headers as Readonly<Record<string, string>> };
    const { status, body } = await post(running, `/jobs/${GREET}/cancel`, init);
    expect([status, body.error?.code]).toEqual([403, "foreign_origin"]);
    expect((await ask(running, `/jobs/${GREET}`, init.headers)).body["state"]).toBe("planned");
    const own = { origin: running.url.replace("127.0.0.1", "localhost"), "sec-fetch-site": "same-origin" };
    expect((await post(running, `/jobs/${GREET}/cancel`, { headers: own })).status).toBe(200);
  });
});
