import { afterEach, expect, test } from "bun:test";
import { Redacted } from "effect";
import { sql } from "kysely";
import { makePostgresKysely } from "../../../src/shell/database/postgres_database.ts";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";

const HOUR_MS = 3_600_000;

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("GET /v1/sessions/:id/active", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };
  const session = (type: string, step: number, fields: object = {}): string =>
    event(type, step, {
      id: "sess_1",
      user_id: "user_1",
      status: "active",
      expire_at: Date.now() + HOUR_MS,
      abandon_at: Date.now() + 2 * HOUR_MS,
      ...fields,
    });
  const check = async (running: Service): Promise<unknown> => (await ask(running, "/sessions/sess_1/active")).body;
  const ACTIVE = { id: "sess_1", active: true, status: "active", userId: "user_1" };

  test("says that a session is active, before its user is known and after", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", session("session.created", 1));
    const { status, headers, body } = await ask(running, "/sessions/sess_1/active");
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body as unknown).toEqual(ACTIVE);
    await sendEvent(running, "msg_2", event("user.created", 1, { id: "user_1", banned: false }));
    expect(await check(running)).toEqual(ACTIVE);
  });

  test.each([
    ["session.ended", { status: "ended" }, "ended"],
    ["session.removed", { status: "removed" }, "removed"],
    ["session.revoked", { status: "revoked" }, "revoked"],
    ["session.pending", { status: "pending" }, "pending"],
    ["session.created", { status: null }, null],
    ["session.created", { expire_at: Date.now() - 1_000 }, "active"],
    ["session.created", { abandon_at: Date.now() - 1_000 }, "active"],
  ])("says that one is not, after %s with %j", async (type, fields, status) => {
    const running = await start();
    await sendEvent(running, "msg_1", session("session.created", 1));
    await sendEvent(running, "msg_2", session(type, 2, fields));
    expect(await check(running)).toEqual({ ...ACTIVE, active: false, status });
  });

  test("takes one without times for endless", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", session("session.created", 1, { expire_at: null, abandon_at: null }));
    expect(await check(running)).toEqual(ACTIVE);
  });

  test.each(["banned", "locked", "deprovisioned"])("says no while its user is %s", async (flag) => {
    const running = await start();
    await sendEvent(running, "msg_1", session("session.created", 1));
    await sendEvent(running, "msg_2", event("user.updated", 2, { id: "user_1", [flag]: true }));
    expect(await check(running)).toEqual({ ...ACTIVE, active: false });
    await sendEvent(running, "msg_3", event("user.updated", 3, { id: "user_1", [flag]: false }));
    expect(await check(running)).toEqual(ACTIVE);
  });

  test("says no once its user is deleted, though its own row may not have been reached yet", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", session("session.created", 1));
    await sendEvent(running, "msg_2", event("user.deleted", 2, { id: "user_1" }));
    expect(await check(running)).toMatchObject({ active: false });
    await sql`update clerk.sessions set deleted_at = null`.execute(database().db);
    expect(await check(running)).toMatchObject({ active: false });
  });

  test("answers 404 to a session that is not there, and what to make of that", async () => {
    const running = await start();
    for (const id of ["sess_1", "%00", "%zz", "x".repeat(3_000)]) {
      const { status, body } = await ask(running, `/sessions/${id}/active`);
      expect([status, body.error?.code, body.error?.message]).toEqual([
        404,
        "not_found",
        expect.stringContaining("treat it as not active"),
      ]);
    }
  });

  test("is answered while long lists are awaited", async () => {
    if (database().flavor === "pglite") return;
    const running = await start();
    await sendEvent(running, "msg_1", session("session.created", 1));
    await database()
      .db.transaction()
      .execute(async (tx) => {
        await sql`lock table docket.job in access exclusive mode`.execute(tx);
        const lists = Array.from({ length: 8 }, () => ask(running, "/jobs"));
        const startedMs = performance.now();
        expect(await check(running)).toEqual(ACTIVE);
        expect(performance.now() - startedMs).toBeLessThan(2_000);
        for (const { status } of await Promise.all(lists)) expect(status).toBe(503);
      });
  }, 20_000);
});

test("jobs, policies, breakers and sessions answer 503 with Retry-After while the database is away", async () => {
  const { db, close } = makePostgresKysely(Redacted.make("postgres://docket:hidden@127.0.0.1:1/docket"));
  try {
    service = await startService({ db, flavor: "postgres", url: undefined, close });
    for (const path of ["/jobs", "/jobs/a/b", "/policies", "/breakers", "/sessions/sess_1/active"]) {
      const { status, headers, body, text } = await ask(service, path);
      expect([path, status, body.error?.code]).toEqual([path, 503, "unavailable"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(text).not.toContain("hidden");
    }
    const reply = await fetch(`${service.url}/v1/jobs/a/b/retry`, { method: "POST" });
    expect(reply.status).toBe(503);
  } finally {
    await close();
  }
});
