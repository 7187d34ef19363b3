import { afterEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Layer, Logger, References } from "effect";
import { sql } from "kysely";
import { eachDatabase } from "../support/databases.ts";
import { EPOCH_MS } from "../support/histories.ts";
import { type Service, type ServiceOptions, send, signedHeaders, startService } from "../support/service.ts";

/** Goal: what a body may do before it is believed, over real sockets: come slowly, break off, be no text, be too much. */

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const BODY = JSON.stringify({ type: "user.created", timestamp: EPOCH_MS, data: { id: "user_1" } });

interface Upload {
  /** All that the service answered so far. */
  answer(): string;
  write(text: string): void;
  hangUp(): void;
}

/** Sends the headers of a body of `declared` bytes, and what there is of it. */
async function upload({ url }: Service, headers: object, declared: number): Promise<Upload> {
  let answer = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(url).port),
    socket: {
      data: (_socket, bytes) => {
        answer += bytes.toString();
      },
    },
  });
  cleanups.push(() => socket.terminate());
  const fields = Object.entries({ host: "localhost", ...headers, "content-length": declared });
  socket.write(
    `POST /webhooks/clerk HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
  );
  return { answer: () => answer, write: (text) => socket.write(text), hangUp: () => socket.terminate() };
}

const WAIT_LIMIT_MS = 4_000;
const SENT_MAX = 200;

async function until(isSo: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!isSo() && performance.now() - startMs < WAIT_LIMIT_MS) await Bun.sleep(5);
}

eachDatabase("the body of POST /webhooks/clerk", (database) => {
  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    const service = await startService(database(), options);
    cleanups.push(() => service.stop());
    return service;
  };

  test("is not waited for when the timestamp is out of range", async () => {
    const running = await start();
    const old = signedHeaders(BODY, { at: new Date(Date.now() - 302_000) });
    const { answer } = await upload(running, old, BODY.length);
    await until(() => answer().includes("}}"));
    expect(answer()).toStartWith("HTTP/1.1 401 ");
    expect(answer()).toContain('"code":"timestamp_out_of_range"');
  });

  test("is waited for within limits, and answered 408 when it takes longer", async () => {
    const running = await start({ bodyTimeLimitMs: 100 });
    const { answer, write } = await upload(running, signedHeaders(BODY), BODY.length);
    write(BODY.slice(0, 10));
    await until(() => answer().includes("}}"));
    expect(answer()).toStartWith("HTTP/1.1 408 ");
    expect(answer()).toContain('"code":"body_timeout"');
    expect((await send(running, BODY)).status).toBe(200);
  });

  test("is refused with 503 while all bodies together hold too much, and taken when they have gone", async () => {
    const running = await start({ bodiesBytesMax: 6_000 });
    const big = `${BODY}${" ".repeat(4_000)}`;
    const { answer, write, hangUp } = await upload(running, signedHeaders(big, { id: "msg_1" }), big.length);
    write(big.slice(0, -1));
    // Until the service has read of the first one, the others pass it.
    let refused = await send(running, big);
    for (let sent = 1; refused.status === 200 && sent < SENT_MAX; sent++) refused = await send(running, big);
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([503, 5]);
    expect(await refused.json()).toMatchObject({ error: { code: "overloaded" } });
    expect(answer()).toBe("");
    hangUp();
    let taken = await send(running, big);
    for (let sent = 1; taken.status === 503 && sent < SENT_MAX; sent++) taken = await send(running, big);
    expect(taken.status).toBe(200);
  });

  test("that breaks off is logged for debugging only, and is no defect", async () => {
    const logged: [string, string][] = [];
    const logger = Logger.make(({ logLevel, message }) => void logged.push([logLevel, JSON.stringify(message)]));
    const logging = Layer.mergeAll(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, "Debug"));
    const running = await start({ logging });
    const { write, hangUp } = await upload(running, signedHeaders(BODY), BODY.length);
    write(BODY.slice(0, 10));
    await Bun.sleep(50);
    hangUp();
    await until(() => logged.some(([, message]) => message.includes("broke off")));
    expect(logged.filter(([, message]) => message.includes("broke off")).map(([level]) => level)).toEqual(["Debug"]);
    expect(logged.filter(([level]) => level !== "Debug" && level !== "Info")).toEqual([]);
  });

  test("is kept byte for byte, and hashed, where it is not UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from(BODY.slice(0, -3)),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(BODY.slice(-3)),
    ]);
    const { url } = await start();
    // Svix reads bytes as text before it signs them.
    const headers = signedHeaders(bytes.toString("utf8"), { id: "msg_1" });
    for (const deliveries of [1, 2]) {
      const reply = await fetch(`${url}/webhooks/clerk`, { method: "POST", headers, body: bytes });
      expect([reply.status, await reply.json()]).toEqual([202, { id: "msg_1", outcome: "quarantined" }]);
      const { rows } = await sql`select l.payload_bytes, l.fault, m.body_hash, m.deliveries, m.differing
        from docket.log l join docket.message m using (svix_id)`.execute(database().db);
      const [row] = rows as Readonly<Record<string, unknown>>[];
      expect(Buffer.from(row?.["payload_bytes"] as Uint8Array).equals(bytes)).toBe(true);
      expect(row).toMatchObject({
        fault: "body: expected UTF-8",
        body_hash: createHash("sha256").update(bytes).digest("hex"),
        deliveries,
        differing: 0,
      });
    }
  });
});
