import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { ask, event, sendEvent } from "../../support/api.ts";
import { openTestDatabase, type TestDatabase } from "../../support/databases.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";

/** Goal: nothing of the dashboard or the API answers a stranger but the form, and the cookie opens what the token opens. */

const TOKEN = "a-token-of-more-than-sixteen";
const OWN = { "sec-fetch-site": "same-origin" };

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
}, 60_000);
afterAll(() => database.close());

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${service?.url}${path}`, { headers, redirect: "manual" });
}

async function post(path: string, body: string, headers: Readonly<Record<string, string>> = OWN): Promise<Response> {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return fetch(`${service?.url}${path}`, {
    method: "POST",
    body,
    headers: { ...type, ...headers },
    redirect: "manual",
  });
}

async function signIn(): Promise<string> {
  const reply = await post("/login", `token=${TOKEN}`);
  expect([reply.status, reply.headers.get("location")]).toEqual([303, "/"]);
  const [cookie = "", ...attributes] = (reply.headers.get("set-cookie") ?? "").split("; ");
  expect(attributes.sort()).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict"]);
  expect(cookie).not.toContain(TOKEN);
  return cookie;
}

describe("the dashboard with a token", () => {
  const start = async (options: ServiceOptions = { adminToken: TOKEN }): Promise<Service> => {
    service = await startService(database, options);
    await sendEvent(service, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    return service;
  };

  test("shows a stranger the form alone, whatever is asked for", async () => {
    await start();
    for (const path of ["/", "/assets/main.js", "/?token=x"]) {
      const reply = await get(path);
      const text = await reply.text();
      expect({ path, status: reply.status }).toEqual({ path, status: 401 });
      expect(text).toContain('<form method="post">');
      expect(text).not.toMatch(/<script|src=|\/assets|Ada|user_1/);
      expect(reply.headers.get("cache-control")).toBe("no-store");
      expect(reply.headers.get("content-security-policy")).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
    }
    expect((await post("/logout", "")).status).toBe(401);
  });

  test("lets the cookie in wherever the token is let in, until it is ended", async () => {
    const running = await start();
    const cookie = await signIn();
    const page = await get("/", { cookie });
    const text = await page.text();
    expect([page.status, text.includes('<div id="app" data-login>')]).toEqual([200, true]);
    const [, script = ""] = /src="([^"]+\.js)"/.exec(text) ?? [];
    expect(await get(script, { cookie })).toMatchObject({ status: 200 });
    expect(await get(script)).toMatchObject({ status: 401 });
    expect((await ask(running, "/entities/user/user_1", { cookie })).body["id"]).toBe("user_1");
    const left = await post("/logout", "", { ...OWN, cookie });
    expect([left.status, left.headers.get("set-cookie")]).toEqual([
      303,
      "docket_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict",
    ]);
  });

  test("lets a page of another site change nothing by the cookie", async () => {
    const running = await start();
    const cookie = await signIn();
    const replay = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${running.url}/v1/events/msg_1/replay`, { method: "POST", headers: { cookie, ...headers } });
    const { host } = new URL(running.url);
    for (const headers of [
      {},
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `http://${host}`, "sec-fetch-site": "cross-site" },
    ]) {
      const reply = await replay(headers as Readonly<Record<string, string>>);
      expect({ headers, status: reply.status, body: await reply.json() }).toMatchObject({
        headers,
        status: 403,
        body: { error: { code: "foreign_origin" } },
      });
    }
    for (const headers of [OWN, { origin: `http://${host}` }, { ...OWN, origin: "https://proxied.example" }]) {
      expect((await replay(headers as Readonly<Record<string, string>>)).status).toBe(200);
    }
  });

  test.each([
    "docket_session=",
    `docket_session=${TOKEN}`,
    "docket_session=99999999999999.",
    `docket_session=99999999999999.${"0".repeat(64)}`,
  ])("is not opened by the cookie %s", async (cookie) => {
    const running = await start();
    expect((await get("/", { cookie })).status).toBe(401);
    expect((await ask(running, "/events", { cookie })).status).toBe(401);
  });

  test("takes no wrong token, and after ten in a minute none at all", async () => {
    await start();
    for (const body of ["", "token=", `token=${TOKEN}x`, `token=${TOKEN}&token=`, `Token=${TOKEN}`, "token=wrong"]) {
      const reply = await post("/login", body);
      const isRight = body.startsWith(`token=${TOKEN}&`);
      expect({ body, status: reply.status }).toEqual({ body, status: isRight ? 303 : 401 });
      if (!isRight) expect(reply.headers.get("set-cookie")).toBeNull();
    }
    for (let more = 0; more < 4; more += 1) await post("/", "token=wrong");
    const reply = await post("/login", `token=${TOKEN}`);
    expect(reply.status).toBe(429);
    expect(Number(reply.headers.get("retry-after"))).toBeWithin(1, 61);
  });

  test("takes no sign-in from another site, nor one that is too long", async () => {
    await start();
    const foreign = await post("/login", `token=${TOKEN}`, { "sec-fetch-site": "cross-site" });
    expect([foreign.status, foreign.headers.get("set-cookie")]).toEqual([403, null]);
    expect((await post("/login", `token=${TOKEN}&more=${"x".repeat(5_000)}`)).status).toBe(401);
  });

  test("asks a browser that came by another site's link to load it again, once", async () => {
    await start();
    const afar = await (await get("/", { "sec-fetch-site": "cross-site" })).text();
    expect(afar).toContain('http-equiv="refresh"');
    expect(await (await get("/", OWN)).text()).not.toContain("refresh");
  });

  test("without a token is there for this machine alone, and signs nobody in", async () => {
    await start({});
    expect((await get("/")).status).toBe(200);
    expect(await (await get("/")).text()).toContain('<div id="app">');
    const far = await get("/", { "x-forwarded-for": "203.0.113.9" });
    expect([far.status, (await far.text()).includes("DOCKET_ADMIN_TOKEN")]).toEqual([403, true]);
    const reply = await post("/login", `token=${TOKEN}`);
    expect([reply.status, reply.headers.get("set-cookie")]).toEqual([303, null]);
  });
});
