import { afterEach, expect, test } from "bun:test";
import { Redacted } from "effect";
import { sql } from "kysely";
import { makePostgresKysely } from "../../../src/shell/database/postgres_database.ts";
import { ask, event, MEMBERSHIP, sendEvent, walk } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { type Service, send, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

test("GET /v1 answers 503 with Retry-After while the database is away", async () => {
  const { db, close } = makePostgresKysely(Redacted.make("postgres://docket:hidden@127.0.0.1:1/docket"));
  try {
    service = await startService({ db, flavor: "postgres", url: undefined, close });
    for (const path of ["/events", "/events/msg_1", "/entities/user", "/entities/user/user_1"]) {
      const { status, headers, body, text } = await ask(service, path);
      expect([status, body.error?.code]).toEqual([503, "unavailable"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(text).not.toContain("hidden");
    }
  } finally {
    await close();
  }
});

eachDatabase("GET /v1/events", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };

  test("shows the newest first, each named as in docket.event, without payloads", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    await sendEvent(running, "msg_2", event("user.updated", 2, { id: "user_1", first_name: "Eve" }));
    const { status, headers, body, text } = await ask(running, "/events");
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body.next).toBeNull();
    expect(body.items.map(({ svixId }) => svixId)).toEqual(["msg_2", "msg_1"]);
    expect(body.items[1]).toEqual({
      svixId: "msg_1",
      type: "user.created",
      instanceId: INSTANCE_ID,
      entityKind: "user",
      entityId: "user_1",
      asOfMs: EPOCH_MS + 1,
      timestampMs: EPOCH_MS + 1,
      source: "webhook",
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      filedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      outcome: "applied",
      fault: null,
      deliveries: 1,
      differing: 0,
      erased: false,
    });
    expect(text).not.toContain("Ada");
  });

  test("pages through ties without gaps or repeats while events are added", async () => {
    const running = await start();
    const ids = Array.from({ length: 23 }, (_, index) => `msg_${String(index).padStart(2, "0")}`);
    for (const [index, id] of ids.entries()) {
      await sendEvent(running, id, event("user.updated", index, { id: `user_${index % 3}` }));
    }
    // Five at a time share their time of receipt, so that pages of four end in the middle of a tie.
    for (const [index, id] of ids.entries()) {
      const at = new Date(EPOCH_MS + Math.floor(index / 5)).toISOString();
      await sql`update docket.log set received_at = ${at}::timestamptz where svix_id = ${id}`.execute(database().db);
    }
    let added = 0;
    const seen = await walk(running, "/events?limit=4", () =>
      sendEvent(running, `msg_new_${++added}`, event("user.updated", 100 + added, { id: "user_new" })),
    );
    expect(added).toBe(5);
    expect(seen.map(({ svixId }) => svixId)).toEqual(ids.toReversed());
  });

  test("has a next page only if there is one", async () => {
    const running = await start();
    for (const id of ["msg_1", "msg_2"]) await sendEvent(running, id, event("user.updated", 1, { id: "user_1" }));
    expect((await ask(running, "/events?limit=2")).body.next).toBeNull();
    expect((await ask(running, "/events?limit=1")).body.next).toBeString();
    expect((await ask(running, "/events?before=1999-12-31")).body).toEqual({ items: [], next: null });
  });

  test("filters by type, entity, outcome and time, alone and together", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.updated", 5, { id: "user_1" }));
    await sendEvent(running, "msg_2", event("user.created", 1, { id: "user_1" }));
    await sendEvent(running, "msg_3", event("organizationMembership.created", 1, { id: "orgmem_1", ...MEMBERSHIP }));
    await sendEvent(running, "msg_4", event("organization.created", 1, { id: "user_1" }));
    await sendEvent(running, "msg_5", "not JSON");
    const found = async (query: string): Promise<readonly unknown[]> =>
      (await ask(running, `/events?${query}`)).body.items.map(({ svixId }) => svixId);
    expect(await found("type=user.created")).toEqual(["msg_2"]);
    expect(await found("outcome=stale")).toEqual(["msg_2"]);
    expect(await found("outcome=quarantined")).toEqual(["msg_5"]);
    expect(await found("entity=user_1")).toEqual(["msg_4", "msg_2", "msg_1"]);
    expect(await found("entity=user/user_1")).toEqual(["msg_2", "msg_1"]);
    expect(await found("entity=users/user_1")).toEqual(["msg_2", "msg_1"]);
    expect(await found("entity=user/user_1&outcome=applied")).toEqual(["msg_1"]);
    expect(await found("type=user.created&entity=organization/user_1")).toEqual([]);
    expect(await found("unknown=1&limit=1")).toEqual(["msg_5"]);
    const [, { receivedAt } = { receivedAt: "" }] = (await ask(running, "/events?limit=2")).body.items;
    expect(await found(`before=${receivedAt}`)).not.toContain("msg_4");
  });

  test.each([
    ["limit", ["0", "201", "-1", "1.5", "", "ten", "5&limit=6"]],
    ["before", ["yesterday", "", "1.!", "1700000000000", "2026-02-30", "2026-01-31T12:00:00", "999999999999999.bXNn"]],
    ["outcome", ["duplicate", "Applied", "", "constructor"]],
    ["entity", ["", "person/user_1", "user/", "constructor/x", "%00", "é"]],
    ["type", ["", "%00", "user.created%0a", "x".repeat(257)]],
  ])("answers 400 to a malformed %s, and says what is allowed", async (parameter, values) => {
    const running = await start();
    for (const value of values) {
      const { status, body } = await ask(running, `/events?${parameter}=${value}`);
      expect([value, status, body.error?.code]).toEqual([value, 400, "invalid_query"]);
      expect(body.error?.message).toStartWith(`Parameter ${parameter} must be `);
      expect(body.error?.message).not.toContain("constructor");
    }
  });

  test("shows one with its payload, as JSON or as the text it is", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    await sendEvent(running, "msg/2?#", "not JSON");
    const { body } = await ask(running, "/events/msg_1");
    expect(body).toMatchObject({ svixId: "msg_1", outcome: "applied", fault: null });
    expect(body["payload"]).toMatchObject({ type: "user.created", data: { first_name: "Ada" } });
    const other = (await ask(running, `/events/${encodeURIComponent("msg/2?#")}`)).body;
    expect(other).toMatchObject({ outcome: "quarantined", payload: "not JSON", entityKind: null, entityId: null });
    expect(String(other["fault"]).length).toBeGreaterThan(5);
  });

  test("answers 404 to an id that is not there, whatever it is", async () => {
    const running = await start();
    for (const id of ["msg_1", "%00", "%zz", "%F0%9F%98%80", "x".repeat(3_000)]) {
      const { status, headers, body } = await ask(running, `/events/${id}`);
      expect([status, body.error?.code, headers.get("cache-control")]).toEqual([404, "not_found", "no-store"]);
    }
  });

  test("answers 503 with Retry-After while the database takes too long, and goes on afterwards", async () => {
    if (database().flavor === "pglite") return;
    const running = await start();
    await database()
      .db.transaction()
      .execute(async (tx) => {
        await sql`lock table docket.log in access exclusive mode`.execute(tx);
        const { status, headers, body } = await ask(running, "/events");
        expect([status, body.error?.code]).toEqual([503, "unavailable"]);
        expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      });
    expect((await send(running, event("user.created", 1, { id: "user_1" }))).status).toBe(200);
    expect((await ask(running, "/events")).body.items).toHaveLength(1);
  }, 20_000);
});
