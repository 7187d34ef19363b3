import { afterEach, describe, expect, test } from "bun:test";
import { Redacted } from "effect";
import { makeGuard } from "../../../src/shell/api/guard.ts";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";

const TOKEN = "a-token-of-more-than-sixteen";
const PATHS = ["/events", "/events/msg_1", "/entities/user", "/entities/user/user_1", "/nowhere"];

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("the guard of /v1", (database) => {
  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    service = await startService(database(), options);
    await sendEvent(service, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    return service;
  };

  test("lets in whoever sends the token, from wherever", async () => {
    const running = await start({ adminToken: TOKEN });
    for (const scheme of ["Bearer", "bearer"]) {
      const headers = { authorization: `${scheme} ${TOKEN}`, "x-forwarded-for": "203.0.113.9", host: "docket.example" };
      expect((await ask(running, "/entities/user/user_1", headers)).status).toBe(200);
    }
  });

  test.each([
    {},
    { authorization: `Bearer ${TOKEN}x` },
    { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    { authorization: "Bearer " },
    { authorization: TOKEN },
    { authorization: `Basic ${btoa(`admin:${TOKEN}`)}` },
    { "x-authorization": `Bearer ${TOKEN}` },
  ])("answers 401 to the headers %j, and tells nothing", async (headers) => {
    const running = await start({ adminToken: TOKEN });
    for (const path of PATHS) {
      const reply = await ask(running, path, headers as Readonly<Record<string, string>>);
      expect([reply.status, reply.body.error?.code]).toEqual([401, "unauthorized"]);
      expect(reply.headers.get("www-authenticate")).toBe("Bearer");
      expect(reply.headers.get("cache-control")).toBe("no-store");
      expect(reply.text).not.toContain(TOKEN);
      expect(reply.text).not.toContain("Ada");
    }
  });

  test("without a token lets in this machine, at all of its own names", async () => {
    const running = await start();
    const port = new URL(running.url).port;
    for (const host of ["localhost", "LOCALHOST:80", `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect((await ask(running, "/entities/user/user_1", { host })).status).toBe(200);
    }
  });

  test.each([
    { "x-forwarded-for": "127.0.0.1" },
    { forwarded: "for=127.0.0.1" },
    { "x-real-ip": "127.0.0.1" },
    { via: "1.1 proxy" },
    { host: "docket.example" },
    { host: "localhost.docket.example" },
    { host: "127.0.0.1.docket.example:3000" },
    { host: "localhost:3000@docket.example" },
  ])("without a token answers 403 to the headers %j, and tells nothing", async (headers) => {
    const running = await start();
    for (const path of PATHS) {
      const reply = await ask(running, path, headers as Readonly<Record<string, string>>);
      expect([reply.status, reply.body.error?.code]).toEqual([403, "loopback_only"]);
      expect(reply.body.error?.message).toContain("DOCKET_ADMIN_TOKEN");
      expect(reply.headers.get("cache-control")).toBe("no-store");
      expect(reply.text).not.toContain("Ada");
    }
  });

  test("leaves the webhook and the health checks open", async () => {
    const running = await start({ adminToken: TOKEN });
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });
});

describe("makeGuard()", () => {
  const request = new Request("http://localhost/v1/events", { headers: { host: "localhost" } });

  test.each(["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])("knows %s as this machine", (address) => {
    expect(makeGuard(undefined)(request, address)).toBeNull();
  });

  test.each([
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "172.17.0.1",
    "fe80::1",
    "127.0.0.1.example",
    "::127.0.0.1",
    "",
    undefined,
  ])("does not take %p for this machine, whatever the headers say", (address) => {
    expect(makeGuard(undefined)(request, address)?.status).toBe(403);
  });

  test("asks for the token on this machine too, once there is one", () => {
    expect(makeGuard(Redacted.make(TOKEN))(request, "127.0.0.1")?.status).toBe(401);
  });
});
