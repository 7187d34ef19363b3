import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { Redacted } from "effect";
import { Webhook } from "svix";
import { PermanentFailure, RateLimited, TransientFailure } from "../../../src/shell/handler/failure.ts";
import type { HandlerSpec } from "../../../src/shell/handler/handler.ts";
import { type WebhookOptions, webhook } from "../../../src/shell/handler/outgoing_webhook.ts";
import { CONTEXT, failureOf, handle } from "../../support/handle.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

const SECRET = `whsec_${Buffer.from("a secret of twenty-four.").toString("base64")}`;
let receiver: Receiver;
let spec: HandlerSpec;
beforeEach(() => {
  receiver = startReceiver();
  spec = webhook({ url: `${receiver.url}/hook`, secret: SECRET, allowPrivate: true });
});
afterEach(() => receiver[Symbol.asyncDispose]());

describe("webhook()", () => {
  test("sends what any receiver of Standard Webhooks can verify, under one id on every attempt", async () => {
    await handle(spec, { userId: "user_1" });
    await handle(spec, { userId: "user_1" }, { attempt: 2 });
    const [request, again] = receiver.requests;
    expect(request?.json).toEqual({
      type: "welcome",
      timestamp: "2026-01-01T00:00:00.000Z",
      data: { userId: "user_1" },
      key: "welcome/user/user_1",
      kind: "user",
      id: "user_1",
      asOfMs: CONTEXT.asOfMs,
    });
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(() => new Webhook(SECRET).verify(request?.body ?? "", { ...request?.headers })).not.toThrow();
    expect(() => new Webhook(SECRET).verify(`${request?.body} `, { ...request?.headers })).toThrow();
    expect(request?.headers["webhook-id"]).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(again?.headers["webhook-id"]).toBe(request?.headers["webhook-id"] ?? "");
    expect(receiver.seen("welcome/user/user_1")).toBe(2);
  });

  test("sends the headers that are asked for, and any text of any script", async () => {
    const headers = { authorization: "Bearer gate" };
    const own = webhook({ url: receiver.url, secret: Redacted.make(SECRET), allowPrivate: true, headers });
    await handle(own, { name: "Άντα 🎉" }, { key: "p/user/ü" });
    const [request] = receiver.requests;
    expect(request).toMatchObject({ key: "p/user/%C3%BC", headers, json: { data: { name: "Άντα 🎉" } } });
    expect(() => new Webhook(SECRET).verify(request?.body ?? "", { ...request?.headers })).not.toThrow();
  });

  test("keeps the order of each entity, and holds failures against the receiver's origin", () => {
    expect(spec.order).toBe("entity");
    expect(spec.target?.(null)).toBe(`webhook ${receiver.url}`);
    const free = webhook({ secret: SECRET });
    expect(free.target?.({ url: "https://example.com/secret/path" })).toBe("webhook https://example.com");
    for (const payload of [null, 1, [], {}, { url: 1 }, { url: "no" }]) {
      expect(free.target?.(payload)).toBe("webhook nowhere");
    }
  });

  test("takes the address from the payload where the handler has none, and does not send it along", async () => {
    const free = webhook({ secret: SECRET, allowPrivate: true });
    await handle(free, { url: `${receiver.url}/mine`, a: 1 });
    expect(receiver.requests[0]).toMatchObject({ path: "/mine", json: { data: { a: 1 } } });
    expect(receiver.requests[0]?.body).not.toContain("mine");
    for (const payload of [{ a: 1 }, null, "text"]) {
      const error = await failureOf(free, payload);
      expect(error).toEqual(new PermanentFailure({ message: "neither the handler nor the payload has a url" }));
    }
    await handle(spec, { url: "http://elsewhere.example/" });
    expect(receiver.requests[1]).toMatchObject({ path: "/hook", json: { data: { url: "http://elsewhere.example/" } } });
  });

  test.each([
    [{ status: 410 }, PermanentFailure],
    [{ status: 500 }, TransientFailure],
    [{ status: 404 }, TransientFailure],
    [{ status: 401 }, TransientFailure],
    [{ status: 400 }, TransientFailure],
    [{ status: 302, headers: { location: "/elsewhere" } }, TransientFailure],
    [{ status: 429, headers: { "retry-after": "3" } }, RateLimited],
    [{ status: 503, headers: { "retry-after": "3" } }, RateLimited],
  ] as const)("tells by %j whether trying again can help", async (mood, failure) => {
    receiver.mood = mood;
    const error = await failureOf(spec, null);
    expect(error).toBeInstanceOf(failure);
    expect(error.message).toContain(String(mood.status));
    if (error instanceof RateLimited) expect(error.retryAfterMs).toBe(3_000);
    expect(receiver.requests.length).toBe(1);
  });

  test.each([200, 202, 204])("is done at %i", async (status) => {
    receiver.mood = { status };
    await handle(spec, null);
  });

  test("fails for now when the receiver hangs, is late, breaks off or is not there", async () => {
    receiver.script.push("hang", { lateMs: 200 }, "break off");
    expect(await failureOf(spec, null, { signal: AbortSignal.timeout(50) })).toBeInstanceOf(TransientFailure);
    expect(await failureOf(spec, null, { signal: AbortSignal.timeout(50) })).toBeInstanceOf(TransientFailure);
    expect(await failureOf(spec, null)).toBeInstanceOf(TransientFailure);
    expect(receiver.seen("welcome/user/user_1")).toBe(3);
    const nowhere = webhook({ url: "http://127.0.0.1:1/secret", secret: SECRET, allowPrivate: true });
    const error = await failureOf(nowhere, null);
    expect(error).toEqual(new TransientFailure({ message: "Cannot reach the webhook's receiver: ECONNREFUSED" }));
  });

  test.each([
    [{ secret: "" }, "webhook: secret must be"],
    [{ secret: SECRET.slice("whsec_".length) }, "webhook: secret must be"],
    [{ secret: "whsec_c2hvcnQ=" }, "webhook: secret must be"],
    [{ secret: SECRET, url: "nowhere" }, "webhook: url can't be used: the webhook's address is no URL"],
    [{ secret: SECRET, url: "ftp://example.com" }, "must begin with https:// or http://"],
    [{ secret: SECRET, url: "https://a:hidden@example.com" }, "must hold no user or password"],
    [{ secret: SECRET, url: "http://169.254.169.254/" }, "leads to link-local"],
    [{ secret: SECRET, headers: { "Webhook-Id": "1" } }, 'headers can\'t have "Webhook-Id"'],
    [{ secret: SECRET, headers: { "a b": "1" } }, 'headers can\'t have "a b"'],
    [{ secret: SECRET, headers: { a: "hidden\r\nb: 1" } }, 'headers have no text for "a"'],
  ] as readonly (readonly [WebhookOptions, string])[])("refuses %j when it is made", (options, message) => {
    const make = (): HandlerSpec => webhook(options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    expect(make).not.toThrow("hidden");
  });
});

/** What receivers send that know no HTTP, or know it too well. */
const RAW = {
  "a status that is none": ["HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n", "answered 999"],
  "another protocol after all": ["HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "answered 101"],
  "no HTTP": ["SSH-2.0-OpenSSH\r\n", "Cannot reach"],
  nothing: ["", "Cannot reach"],
  "less than it said": ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc", "Cannot reach"],
  "less than a chunk": ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc", "Cannot reach"],
} as const;

describe("webhook() to a receiver that answers", () => {
  test.each(Object.entries(RAW))("%s, fails", async (_, [answer, message]) => {
    await using server = await rawServer((socket) => socket.end(answer));
    const error = await failureOf(webhook({ url: server.url, secret: SECRET, allowPrivate: true }), null);
    expect(error.message).toContain(message);
  });

  test("without an end, is done once it has said yes and too much besides", async () => {
    await using server = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n");
      socket.write("x".repeat(200_000));
    });
    await handle(webhook({ url: server.url, secret: SECRET, allowPrivate: true }), null);
  });

  test("a byte at a time, fails when its time is up", async () => {
    await using server = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n");
      const timer = setInterval(() => socket.write("x"), 10);
      socket.on("close", () => clearInterval(timer));
    });
    const slow = webhook({ url: server.url, secret: SECRET, allowPrivate: true });
    expect(await failureOf(slow, null, { signal: AbortSignal.timeout(100) })).toBeInstanceOf(TransientFailure);
  });
});

interface RawServer extends AsyncDisposable {
  readonly url: string;
}

async function rawServer(answer: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((done) => void server.close(() => done()));
    },
  };
}
