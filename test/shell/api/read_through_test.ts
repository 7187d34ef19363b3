import { afterEach, beforeEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { POLICIES } from "../../support/policies.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";
import { until } from "../../support/stage.ts";
import { differencesIn } from "../../support/verified.ts";

let clerk: FakeClerk;
let service: Service | undefined;
beforeEach(() => {
  clerk = startFakeClerk();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await clerk[Symbol.asyncDispose]();
});

async function start(database: TestDatabase, options: ServiceOptions = {}): Promise<Service> {
  service = await startService(database, { clerk, ...options });
  return service;
}

/** How often Clerk was asked for a single thing. */
function asked(path: RegExp): number {
  return clerk.calls.filter((call) => path.test(call.path)).length;
}

async function codeOf(answer: ReturnType<typeof ask>): Promise<readonly unknown[]> {
  const { status, headers, body } = await answer;
  return [status, body.error?.code, headers.get("retry-after")];
}

eachDatabase("GET /v1/entities/:kind/:id?fetch=true", (database) => {
  test("asks Clerk for what is not on file, once, and takes it through the reducers", async () => {
    const running = await start(database(), { policies: POLICIES });
    const id = clerk.world.addUser();
    expect((await ask(running, `/entities/user/${id}`)).status).toBe(404);
    const many = await Promise.all(Array.from({ length: 30 }, () => ask(running, `/entities/user/${id}?fetch=true`)));
    for (const { status, body } of many) expect([status, body["state"], body["id"]]).toEqual([200, "live", id]);
    expect(asked(/^\/users\//)).toBe(1);
    expect((await ask(running, `/entities/user/${id}?fetch=true`)).status).toBe(200);
    expect(asked(/^\/users\//)).toBe(1);
    const { body } = await ask(running, "/events");
    expect(body.items.map(({ type, source }) => [type, source])).toEqual([["user.observed", "api"]]);
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("asks for organizations and sessions too, by each of the kind's names", async () => {
    const running = await start(database());
    const userId = clerk.world.addUser();
    const organizationId = clerk.world.addOrganization(userId);
    const sessionId = clerk.world.addSession(userId);
    for (const path of [`organizations/${organizationId}`, `session/${sessionId}`]) {
      expect((await ask(running, `/entities/${path}?fetch=true`)).status).toBe(200);
    }
  });

  test("answers 404 to what Clerk has not, and to what can be no id of Clerk's without asking", async () => {
    const running = await start(database());
    const { status, body } = await ask(running, "/entities/user/user_nobody?fetch=true");
    expect([status, body.error]).toEqual([
      404,
      { code: "not_found", message: "Clerk has no user of this id, and none is on file" },
    ]);
    expect(await codeOf(ask(running, "/entities/user/a%20b?fetch=true"))).toEqual([404, "not_found", null]);
    expect(asked(/^\/users\//)).toBe(1);
  });

  test("never fetches what was deleted, and answers it as it is", async () => {
    const running = await start(database());
    const id = clerk.world.addUser();
    await sendEvent(running, "msg_1", event("user.deleted", 1, { id }));
    const { status, body } = await ask(running, `/entities/user/${id}?fetch=true`);
    expect([status, body["state"]]).toEqual([200, "deleted"]);
    expect(asked(/^\/users\//)).toBe(0);
  });

  test.each([
    ["a fault", { _tag: "Refuse", status: 500, code: "internal" }, [502, "clerk_unavailable", "5"]],
    ["no Clerk", { _tag: "Page", status: 404 }, [502, "clerk_unavailable", "5"]],
    ["a wrong key", { _tag: "Refuse", status: 401, code: "authentication_invalid" }, [502, "clerk_unavailable", "5"]],
    [
      "a limit",
      { _tag: "Refuse", status: 429, code: "too_many_requests", retryAfterSeconds: 7 },
      [503, "clerk_limited", "7"],
    ],
    ["a refusal", { _tag: "Refuse", status: 422, code: "told_to" }, [502, "clerk_refused", null]],
  ] as const)("answers %s of Clerk's with a status that says whether to come again", async (_what, fault, expected) => {
    const running = await start(database());
    const id = clerk.world.addUser();
    clerk.fail(fault, { path: /^\/users\// });
    expect(await codeOf(ask(running, `/entities/user/${id}?fetch=true`))).toEqual([...expected]);
  });

  test("answers what a key of another instance brings by saying so, and writes no row", async () => {
    const running = await start(database(), { instanceIds: ["ins_another"] });
    const id = clerk.world.addUser();
    const { status, body } = await ask(running, `/entities/user/${id}?fetch=true`);
    expect([status, body.error?.code, body.error?.message]).toEqual([
      502,
      "clerk_refused",
      expect.stringContaining("another Clerk instance"),
    ]);
    expect((await ask(running, `/entities/user/${id}`)).status).toBe(404);
  });

  test("says that there is no key to ask with", async () => {
    service = await startService(database());
    const { status, body } = await ask(service, "/entities/user/user_1?fetch=true");
    expect([status, body.error?.code]).toEqual([501, "no_clerk_key"]);
    expect(body.error?.message).toStartWith("CLERK_SECRET_KEY is not set");
  });

  test.each([
    ["user/user_1?fetch=yes", "Parameter fetch must be true or false"],
    ["user/user_1?wait=0", "Parameter wait must be a number of seconds above 0 and up to 30"],
    ["user/user_1?wait=31", "Parameter wait must be"],
    ["user/user_1?wait=1&wait=2", "given once"],
    ["organization_membership/mem_1?fetch=true", "Clerk can't be asked for by its id: only user, organization"],
    ["message/m_1?fetch=true", "Parameter fetch must be left away for a message"],
  ])("refuses %s and says what is allowed", async (path, message) => {
    const { status, body } = await ask(await start(database()), `/entities/${path}`);
    expect([status, body.error?.code, body.error?.message]).toEqual([
      400,
      "invalid_query",
      expect.stringContaining(message),
    ]);
  });

  test("answers the row when its webhook comes while Clerk fails and it is waited for", async () => {
    const running = await start(database());
    const id = clerk.world.addUser();
    clerk.fail({ _tag: "Refuse", status: 500, code: "internal" }, { path: /^\/users\//, times: 2 });
    const waiting = ask(running, `/entities/user/${id}?fetch=true&wait=10`);
    await until("Clerk was asked", () => asked(/^\/users\//) === 1);
    await sendEvent(running, "msg_1", clerk.world.events()[0]?.body ?? "");
    expect((await waiting).status).toBe(200);
    const other = clerk.world.addUser();
    expect(await codeOf(ask(running, `/entities/user/${other}?fetch=true&wait=0.05`))).toEqual([
      502,
      "clerk_unavailable",
      "5",
    ]);
  });
});

eachDatabase("GET /v1/entities/:kind/:id?wait=<seconds>", (database) => {
  const USER = event("user.created", 1, { id: "user_1" });

  test("answers as soon as the entity is there", async () => {
    const running = await start(database(), { arrivals: { pollMs: 60_000 } });
    const waiting = Array.from({ length: 50 }, () => ask(running, "/entities/user/user_1?wait=20"));
    await Bun.sleep(150);
    const startMs = performance.now();
    await sendEvent(running, "msg_0", event("user.created", 1, { id: "user_2" }));
    await sendEvent(running, "msg_1", USER);
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect(performance.now() - startMs).toBeLessThan(1_500);
    expect((await ask(running, "/entities/user/user_1?wait=20")).status).toBe(200);
  });

  test("answers 404 when the time is up, and no sooner", async () => {
    const running = await start(database());
    const startMs = performance.now();
    expect(await codeOf(ask(running, "/entities/user/user_1?wait=0.4"))).toEqual([404, "not_found", null]);
    expect(performance.now() - startMs).toBeWithin(395, 2_000);
  });

  test("holds up no other question, and refuses those who are too many", async () => {
    const running = await start(database(), { arrivals: { waitersMax: 20 } });
    const waiting = Array.from({ length: 21 }, () => ask(running, "/entities/user/user_1?wait=20"));
    // Whichever comes last is the one too many, and the first to be answered.
    expect(await codeOf(Promise.race(waiting))).toEqual([503, "overloaded", "5"]);
    expect((await ask(running, "/entities/user/user_1")).status).toBe(404);
    await sendEvent(running, "msg_1", USER);
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([...Array.from({ length: 20 }, () => 200), 503]);
  });

  test("lets those go who hang up", async () => {
    const running = await start(database(), { arrivals: { waitersMax: 1 } });
    const leave = new AbortController();
    const gone = fetch(`${running.url}/v1/entities/user/user_1?wait=20`, { signal: leave.signal }).catch(() => "gone");
    await Bun.sleep(150);
    expect((await ask(running, "/entities/user/user_1?wait=1")).status).toBe(503);
    leave.abort();
    expect(await gone).toBe("gone");
    await until("there is room", async () => (await ask(running, "/entities/user/user_1?wait=0.01")).status === 404);
  });

  test("ends at once with 503 when the service stops", async () => {
    const running = await start(database());
    const waiting = codeOf(ask(running, "/entities/user/user_1?wait=20"));
    await Bun.sleep(150);
    const startMs = performance.now();
    await running.stop();
    expect(await waiting).toEqual([503, "unavailable", "5"]);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test("finds by looking what no process tells of", async () => {
    const running = await start(database(), { arrivals: { pollMs: 200 } });
    const waiting = ask(running, "/entities/user/user_1?wait=20");
    await Bun.sleep(100);
    // In one commit, as a process records them.
    await sql`
      with head as (
        insert into docket.head (kind, id, as_of_ms, rank, timestamp_ms, svix_id) values ('user', 'user_1', 1, 0, 1, 'm'))
      insert into clerk.users (id) values ('user_1')`.execute(database().db);
    expect((await waiting).status).toBe(200);
  });
});
