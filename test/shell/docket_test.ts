import { afterEach, describe, expect, test } from "bun:test";
import { builtin, type Docket, DocketError, type DocketOptions, docket, type EntityRow } from "docket";
import { Elysia } from "elysia";
import { sql } from "kysely";
import { event } from "../support/api.ts";
import { openTestDatabase, type TestDatabase } from "../support/databases.ts";
import { type FakeClerk, startFakeClerk } from "../support/fake_clerk.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { SECRET, signedHeaders } from "../support/service.ts";
import { until } from "../support/stage.ts";
import { spyHandler } from "../support/work.ts";

/** Docket in a user's own process, as the README shows it. */

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

interface Own {
  readonly app: Docket;
  readonly clerk: FakeClerk;
  readonly database: TestDatabase;
}

async function own(options: Partial<DocketOptions> = {}): Promise<Own> {
  const database = await openTestDatabase("postgres");
  stack.defer(() => database.close());
  const clerk = stack.use(startFakeClerk());
  const app = await docket({
    databaseUrl: database.url ?? "",
    signingSecret: SECRET,
    instanceIds: [INSTANCE_ID],
    clerkSecretKey: clerk.secretKey,
    clerkApiUrl: clerk.url,
    logLevel: "fatal",
    ...options,
  });
  stack.defer(() => app.close());
  return { app, clerk, database };
}

function webhook(body: string, id: string): Request {
  const headers = signedHeaders(body, { id });
  return new Request("http://app.example/webhooks/clerk", { method: "POST", headers, body });
}

describe("docket()", () => {
  test("ensures a user who beat the webhook, typed: one row, one welcome", async () => {
    const mails = spyHandler();
    const policies = [builtin.welcome({ settle: 0 })];
    const { app, clerk, database } = await own({ policies, handlers: { email: mails.run } });
    const id = clerk.world.addUser();
    const [first, second] = await Promise.all([app.ensure("user", id), app.ensure("user", id)]);
    const user: EntityRow<"user"> | null = first;
    // What the compiler knows of a row: these lines fail to compile if it does not.
    const address: string | null | undefined = user?.primary_email_address;
    const createdAt: Date | null | undefined = user?.created_at;
    // @ts-expect-error: Clerk can't be asked for these
    await expect(app.ensure("message", "m_1")).rejects.toBeInstanceOf(DocketError);
    expect(address).toContain("@");
    expect(createdAt).toBeInstanceOf(Date);
    expect(second).toEqual(first);
    const { rows } = await sql<Record<string, unknown>>`select * from clerk.users`.execute(database.db);
    expect(rows.map((row) => Object.keys(row).sort())).toEqual([Object.keys(user ?? {}).sort()]);
    const created = clerk.world.events()[0]?.body ?? "";
    expect((await app.handler(webhook(created, "msg_1"))).status).toBe(200);
    await until("the welcome was sent", () => mails.calls.length === 1);
    expect(clerk.calls.filter(({ path }) => path.startsWith("/users/"))).toHaveLength(1);
    expect(await app.ensure("user", "user_nobody")).toBeNull();
    await Bun.sleep(100);
    expect(mails.calls).toHaveLength(1);
  });

  test("is an Elysia plugin, beside routes of the user's own", async () => {
    const { app } = await own();
    const server = new Elysia()
      .get("/mine", () => "mine")
      .use(app)
      .listen({ port: 0, hostname: "127.0.0.1" });
    stack.defer(async () => void (await server.stop(true)));
    const url = `http://127.0.0.1:${server.server?.port}`;
    expect(await (await fetch(`${url}/mine`)).text()).toBe("mine");
    const body = event("user.created", 1, { id: "user_1" });
    const headers = signedHeaders(body, { id: "msg_1" });
    expect((await fetch(`${url}/webhooks/clerk`, { method: "POST", headers, body })).status).toBe(200);
    expect(await (await fetch(`${url}/v1/entities/user/user_1`)).json()).toMatchObject({ id: "user_1" });
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  test("waits for a row of any kind, and says null when the time is up or nobody wants it any more", async () => {
    const { app } = await own();
    const waiting = app.wait("organization_membership", "mem_1", { seconds: 10 });
    await Bun.sleep(50);
    const data = { id: "mem_1", organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
    const body = event("organizationMembership.created", 1, { ...data, role: "org:admin" });
    expect((await app.handler(webhook(body, "msg_1"))).status).toBe(200);
    expect((await waiting)?.user_id).toBe("user_1");
    expect(await app.wait("user", "user_1", { seconds: 0.05 })).toBeNull();
    expect(await app.wait("user", "user_1", { seconds: 0.1 / 3 })).toBeNull();
    const leave = new AbortController();
    const left = app.wait("user", "user_1", { seconds: 20, signal: leave.signal });
    leave.abort();
    expect(await left).toBeNull();
    await expect(app.wait("user", "user_1", { seconds: 31 })).rejects.toThrow("up to 30");
  });

  test("gives errors with a code, and when to try again", async () => {
    const { app, clerk } = await own();
    const id = clerk.world.addUser();
    const limit = { _tag: "Refuse", status: 429, code: "too_many_requests", retryAfterSeconds: 7 } as const;
    clerk.fail(limit, { path: /^\/users\// });
    const failure = await app.ensure("user", id).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DocketError);
    expect(failure).toMatchObject({ code: "clerk_limited", retryAfterMs: 7_000 });
    const { app: keyless } = await own({ clerkSecretKey: "" });
    expect(await keyless.ensure("user", id).catch((error: unknown) => error)).toMatchObject({ code: "no_clerk_key" });
  });

  test("ends its waits when it is closed, and answers that it is stopping", async () => {
    const { app } = await own();
    const waiting = app.wait("user", "user_1", { seconds: 20 }).catch((error: unknown) => error);
    await Bun.sleep(50);
    await app.close();
    expect(await waiting).toMatchObject({ code: "unavailable" });
    expect(await app.ensure("user", "user_1").catch((error: unknown) => error)).toMatchObject({ code: "unavailable" });
    expect((await app.handler(webhook(event("user.created", 1, { id: "user_1" }), "msg_1"))).status).toBe(503);
  });

  test("keeps the API to itself without a token, and opens it with one", async () => {
    const adminToken = "a token of over sixteen";
    const { app } = await own({ adminToken: adminToken.replaceAll(" ", "-") });
    const read = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      app.handler(new Request("http://app.example/v1/events", { headers }));
    expect((await read({})).status).toBe(401);
    expect((await read({ authorization: `Bearer ${adminToken.replaceAll(" ", "-")}` })).status).toBe(200);
  });

  test.each([
    [{ signingSecret: "secret" }, "signingSecret: must be one or more signing secrets"],
    [{ signingSecret: "" }, "signingSecret: is required; copy it"],
    [{ signingSecret: SECRET, databaseUrl: "mysql://x" }, "databaseUrl: must be a URL of the form postgres://"],
    [{ signingSecret: SECRET, clerkSecretKey: "pk_1" }, "clerkSecretKey: must be a secret key of the form sk_"],
    [{ signingSecret: SECRET, policies: [{} as never] }, "docket(): policies: number 1 is no policy"],
  ])("refuses %j by the option's name", async (options, message) => {
    await expect(docket(options)).rejects.toThrow(message);
  });
});
