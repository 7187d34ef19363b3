import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { CLERK_EXAMPLE_INSTANCE_ID, TRIGGER_INSTANCE_ID } from "../../src/shell/instance.ts";
import { eachDatabase, type TestDatabase } from "../support/databases.ts";
import { EPOCH_MS, INSTANCE_ID } from "../support/histories.ts";
import {
  OTHER_SECRET,
  type Service,
  type ServiceOptions,
  send,
  signedHeaders,
  startService,
} from "../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("POST /webhooks/clerk", (database) => {
  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    service = await startService(database(), options);
    return service;
  };

  test("answers 200 applied for the newest version, and its row is there", async () => {
    const reply = await send(await start(), user("user.created", 1), { id: "msg_1" });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({ id: "msg_1", outcome: "applied" });
    expect(await rows(database(), "select id, first_name, instance_id from clerk.users")).toEqual([
      { id: "user_1", first_name: "Ada", instance_id: INSTANCE_ID },
    ]);
    expect(await eventsOf(database())).toEqual([{ svix_id: "msg_1", outcome: "applied", deliveries: 1 }]);
  });

  test("keeps the payload byte for byte as it was signed", async () => {
    const body = `{ "type":"user.created",  "timestamp":${EPOCH_MS}, "instance_id":"${INSTANCE_ID}",
      "data":{"id":"user_1","n":12345678901234567890,"nul":"\\u0000","lone":"\\ud800","é":1.0} }`;
    expect((await send(await start(), body)).status).toBe(200);
    expect(await rows(database(), "select payload from docket.event")).toEqual([{ payload: body }]);
    expect(await rows(database(), "select data ->> 'nul' as nul from clerk.users")).toEqual([{ nul: "" }]);
  });

  test("answers 200 stale for an older version, which stays in the log", async () => {
    await start();
    await post(user("user.updated", 5), "msg_new");
    expect(await post(user("user.created", 1), "msg_old")).toEqual([200, { id: "msg_old", outcome: "stale" }]);
    expect(await rows(database(), "select version_ms from clerk.users")).toEqual([{ version_ms: EPOCH_MS + 5 }]);
    expect(await eventsOf(database())).toEqual([
      { svix_id: "msg_new", outcome: "applied", deliveries: 1 },
      { svix_id: "msg_old", outcome: "stale", deliveries: 1 },
    ]);
  });

  test("answers 200 duplicate for one seen before, and counts it", async () => {
    await start();
    await post(user("user.created", 1), "msg_1");
    expect(await post(user("user.created", 1), "msg_1")).toEqual([200, { id: "msg_1", outcome: "duplicate" }]);
    expect(await post(user("user.updated", 9), "msg_1")).toEqual([200, { id: "msg_1", outcome: "duplicate" }]);
    expect(await rows(database(), "select deliveries, differing from docket.event")).toEqual([
      { deliveries: 3, differing: 1 },
    ]);
    expect(await rows(database(), "select version_ms from clerk.users")).toEqual([{ version_ms: EPOCH_MS + 1 }]);
  });

  test("answers 200 ignored for a type without a table", async () => {
    await start();
    expect(await post(user("passkey.created", 1), "msg_1")).toEqual([200, { id: "msg_1", outcome: "ignored" }]);
    expect(await eventsOf(database())).toEqual([{ svix_id: "msg_1", outcome: "ignored", deliveries: 1 }]);
    expect(await rows(database(), "select id from clerk.users")).toEqual([]);
  });

  test("answers 200 foreign for another instance, keeps it and does not apply it", async () => {
    await start();
    expect(await post(user("user.created", 1, "ins_other"), "msg_1")).toEqual([
      200,
      { id: "msg_1", outcome: "foreign" },
    ]);
    expect(await eventsOf(database())).toEqual([{ svix_id: "msg_1", outcome: "foreign", deliveries: 1 }]);
    expect(await rows(database(), "select id from clerk.users")).toEqual([]);
  });

  test("accepts the first instance seen, other than Clerk's example, where none is set", async () => {
    await start({ instanceIds: [] });
    expect((await post(user("user.created", 1, CLERK_EXAMPLE_INSTANCE_ID), "msg_0"))[1]).toMatchObject({
      outcome: "foreign",
    });
    expect((await post(user("user.created", 1, TRIGGER_INSTANCE_ID), "msg_1"))[1]).toMatchObject({
      outcome: "foreign",
    });
    expect((await post(user("user.created", 1, "ins_mine"), "msg_2"))[1]).toMatchObject({ outcome: "applied" });
    expect((await post(user("user.updated", 2, "ins_other"), "msg_3"))[1]).toMatchObject({ outcome: "foreign" });
    expect((await post(user("user.updated", 3, "ins_mine"), "msg_4"))[1]).toMatchObject({ outcome: "applied" });
    await service?.stop();
    await start({ instanceIds: [] });
    expect((await post(user("user.updated", 4, "ins_other"), "msg_5"))[1]).toMatchObject({ outcome: "foreign" });
  });

  test("takes trigger's own instance outside production, without pinning it", async () => {
    await start({ instanceIds: [], production: false });
    expect((await post(user("user.created", 1, TRIGGER_INSTANCE_ID), "msg_1"))[1]).toMatchObject({
      outcome: "applied",
    });
    expect((await post(user("user.updated", 2, "ins_mine"), "msg_2"))[1]).toMatchObject({ outcome: "applied" });
  });

  test.each([
    ["not JSON", "{nope"],
    ["empty", ""],
    ["a NUL that no JSON may hold", '{"type":"user.created\u0000"}'],
    ["no envelope", "[1]"],
    ["no type", JSON.stringify({ timestamp: EPOCH_MS, data: { id: "user_1" } })],
    ["no id", JSON.stringify({ type: "user.created", timestamp: EPOCH_MS, data: {} })],
    [
      "an update time that is none",
      JSON.stringify({ type: "user.created", timestamp: EPOCH_MS, data: { id: "u", updated_at: "x" } }),
    ],
  ])("answers 202 quarantined and keeps the body raw: %s", async (_what, body) => {
    await start();
    expect(await post(body, "msg_1")).toEqual([202, { id: "msg_1", outcome: "quarantined" }]);
    const [row] = await rows(
      database(),
      "select e.outcome, e.fault, e.payload, l.payload_bytes from docket.event e join docket.log l using (svix_id)",
    );
    const kept = row?.["payload_bytes"] ?? Buffer.from(String(row?.["payload"]));
    expect(Buffer.from(kept as Uint8Array).toString("utf8")).toBe(body);
    expect(String(row?.["fault"]).length).toBeGreaterThan(10);
    expect(await post(body, "msg_1")).toEqual([202, { id: "msg_1", outcome: "quarantined" }]);
    expect(await eventsOf(database())).toEqual([{ svix_id: "msg_1", outcome: "quarantined", deliveries: 2 }]);
  });

  test("redacts one-time codes before anything is stored", async () => {
    const { url } = await start();
    const data = {
      id: "ema_1",
      subject: "123456 is your code",
      body: "<b>123456</b>",
      body_plain: "123456",
      data: { otp_code: "123456" },
      to_email_address: "ada@example.com",
    };
    const email = { type: "email.created", timestamp: EPOCH_MS, instance_id: INSTANCE_ID, data };
    await post(JSON.stringify(email), "msg_1");
    await post(JSON.stringify({ ...email, data: { ...data, id: undefined } }), "msg_2");
    await post(JSON.stringify({ ...email, instance_id: "ins_other" }), "msg_3");
    expect(url).toBeString();
    const all = JSON.stringify([
      await rows(database(), "select * from docket.log"),
      await rows(database(), "select * from clerk.messages"),
    ]);
    expect(all).toContain("ada@example.com");
    expect(all).not.toContain("123456");
  });

  test("accepts a signature by any of the secrets, under either name of the headers", async () => {
    const running = await start();
    const first = await send(running, user("user.created", 1), { id: "msg_1", secret: OTHER_SECRET });
    const second = await send(running, user("user.updated", 2), { id: "msg_2", prefix: "webhook" });
    expect([await first.json(), await second.json()]).toEqual([
      { id: "msg_1", outcome: "applied" },
      { id: "msg_2", outcome: "applied" },
    ]);
  });

  const signed = (): Readonly<Record<string, string>> => signedHeaders("{}");
  test.each([
    ["missing_headers", 400, () => ({})],
    ["missing_headers", 400, () => ({ ...signed(), "svix-signature": "" })],
    ["invalid_headers", 400, () => ({ ...signed(), "svix-timestamp": "1700000000junk" })],
    ["invalid_headers", 400, () => ({ ...signed(), "svix-id": "a b" })],
    ["invalid_headers", 400, () => ({ ...signed(), "svix-id": "x".repeat(257) })],
    ["invalid_headers", 400, () => ({ ...signed(), "svix-signature": "nonsense" })],
    ["invalid_signature", 401, () => ({ ...signed(), "svix-signature": "v1,bm9wZQ==" })],
    ["invalid_signature", 401, () => signedHeaders("{} ")],
    [
      "invalid_signature",
      401,
      () => signedHeaders("{}", { secret: `whsec_${Buffer.from("somebody else's secret!!").toString("base64")}` }),
    ],
    ["timestamp_out_of_range", 401, () => signedHeaders("{}", { at: new Date(Date.now() - 302_000) })],
    ["timestamp_out_of_range", 401, () => signedHeaders("{}", { at: new Date(Date.now() + 302_000) })],
  ] as const)("answers %s with %i, and stores nothing", async (code, status, headers) => {
    const { url } = await start();
    const reply = await fetch(`${url}/webhooks/clerk`, { method: "POST", headers: headers(), body: "{}" });
    const { error } = (await reply.json()) as { error: { code: string; message: string } };
    expect([reply.status, error.code]).toEqual([status, code]);
    expect(error.message.length).toBeGreaterThan(20);
    expect(await eventsOf(database())).toEqual([]);
  });

  test("answers 413 to a body over the limit, with its length declared or not, and takes one at the limit", async () => {
    const running = await start({ maxBodyBytes: 2_000 });
    const [at, over] = [padded(2_000), padded(2_001)];
    expect((await send(running, at, { id: "msg_1" })).status).toBe(200);
    const declared = await send(running, over, { id: "msg_2" });
    expect([declared.status, await declared.json()]).toMatchObject([413, { error: { code: "body_too_large" } }]);
    const chunked = await fetch(`${running.url}/webhooks/clerk`, {
      method: "POST",
      headers: signedHeaders(over, { id: "msg_3" }),
      body: new ReadableStream({
        start(controller) {
          for (let at = 0; at < over.length; at += 100)
            controller.enqueue(new TextEncoder().encode(over.slice(at, at + 100)));
          controller.close();
        },
      }),
    });
    expect([chunked.status, await chunked.json()]).toMatchObject([413, { error: { code: "body_too_large" } }]);
    expect(await eventsOf(database())).toHaveLength(1);
  });

  test("answers 405 to other methods, and says which one", async () => {
    const { url } = await start();
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const reply = await fetch(`${url}/webhooks/clerk`, { method });
      expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  test("answers 503 with Retry-After when the queue is full, and takes the message later", async () => {
    const running = await start({ queueMax: 1 });
    const bodies = Array.from({ length: 40 }, (_, index) => user("user.updated", index));
    const replies = await Promise.all(bodies.map((body, index) => send(running, body, { id: `msg_${index}` })));
    const refused = replies.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(replies.length - refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ error: { code: "overloaded" } });
    expect(await eventsOf(database())).toHaveLength(replies.length - refused.length);
    for (const [index, body] of bodies.entries())
      expect((await send(running, body, { id: `msg_${index}` })).status).toBe(200);
    expect(await eventsOf(database())).toHaveLength(bodies.length);
  });

  test("isolates a message that the database can't hold, quarantines it, and takes the rest", async () => {
    await sql`alter table clerk.users add constraint no_eve check (first_name <> 'Eve')`.execute(database().db);
    try {
      const running = await start();
      const names = Array.from({ length: 30 }, (_, index) => (index === 17 ? "Eve" : "Ada"));
      const replies = await Promise.all(
        names.map((name, index) =>
          send(running, user("user.created", 1, INSTANCE_ID, { id: `user_${index}`, first_name: name }), {
            id: `msg_${index}`,
          }),
        ),
      );
      expect(replies.map(({ status }) => status)).toEqual(names.map((name) => (name === "Eve" ? 202 : 200)));
      expect(await rows(database(), "select outcome, fault from docket.event where outcome <> 'applied'")).toEqual([
        { outcome: "quarantined", fault: "the database can't hold it: SQLSTATE 23514" },
      ]);
      expect(await rows(database(), "select count(*) as users from clerk.users")).toEqual([{ users: 29 }]);
    } finally {
      await sql`alter table clerk.users drop constraint no_eve`.execute(database().db);
    }
  });

  test("is up, ready, and documented", async () => {
    const { url } = await start();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/openapi`)).status).toBe(200);
    const document = (await (await fetch(`${url}/openapi/json`)).json()) as { paths: object };
    expect(Object.keys(document.paths).sort()).toEqual([
      "/healthz",
      "/metrics",
      "/readyz",
      "/v1/audit",
      "/v1/breakers",
      "/v1/breakers/{target}/resume",
      "/v1/drift",
      "/v1/entities/{kind}",
      "/v1/entities/{kind}/{id}",
      "/v1/entities/{kind}/{id}/history",
      "/v1/events",
      "/v1/events/{svixId}",
      "/v1/events/{svixId}/replay",
      "/v1/jobs",
      "/v1/jobs/{key}",
      "/v1/jobs/{key}/approve",
      "/v1/jobs/{key}/cancel",
      "/v1/jobs/{key}/retry",
      "/v1/live",
      "/v1/policies",
      "/v1/policies/{policy}/resume",
      "/v1/search",
      "/v1/sessions/{id}/active",
      "/v1/stats",
      "/v1/stats/series",
      "/webhooks/clerk",
    ]);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  async function post(body: string, id: string): Promise<readonly [number, unknown]> {
    if (service === undefined) throw new Error("start the service first");
    const reply = await send(service, body, { id });
    return [reply.status, await reply.json()];
  }
});

function user(type: string, step: number, instance_id = INSTANCE_ID, fields: object = {}): string {
  const data = { id: "user_1", first_name: "Ada", created_at: EPOCH_MS, updated_at: EPOCH_MS + step, ...fields };
  return JSON.stringify({ type, instance_id, timestamp: EPOCH_MS + step, data });
}

function padded(bytes: number): string {
  const empty = user("user.created", 1, INSTANCE_ID, { pad: "" });
  return user("user.created", 1, INSTANCE_ID, { pad: "x".repeat(bytes - empty.length) });
}

type Rows = readonly Readonly<Record<string, unknown>>[];

async function rows({ db }: TestDatabase, query: string): Promise<Rows> {
  return (await sql.raw<Readonly<Record<string, unknown>>>(query).execute(db)).rows.map((row) => ({ ...row }));
}

function eventsOf(database: TestDatabase): Promise<Rows> {
  return rows(database, `select svix_id, outcome, deliveries from docket.event order by svix_id collate "C"`);
}
