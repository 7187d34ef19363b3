import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
export interface ReceivedRequest {
  readonly path: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as JSON; null where it is none. */
  readonly json: unknown;
}

/**
 * What the receiver does with a request: answers a status (with headers and a body), answers success only after so many
 * milliseconds, never answers, or closes the connection in the middle of its answer.
 */
export type ReceiverMood =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly lateMs: number }
  | "hang"
  | "break off";

/** A real HTTP server on this machine, that keeps what it is sent. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** For every request that `script` has nothing for. */
  mood: ReceiverMood;
  /** For the next requests, one each, in order. */
  readonly script: ReceiverMood[];
  /** How many requests came under this idempotency key. */
  seen(key: string): number;
}

export function startReceiver(): Receiver {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      requests.push(receivedOf(request, body));
      return answer(response, receiver.script.shift() ?? receiver.mood);
    });
  });
  server.listen(0, "127.0.0.1");
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    mood: { status: 200 },
    script: [],
    seen: (key) => requests.filter((it) => it.key === key).length,
    [Symbol.asyncDispose]: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      return promise;
    },
  };
  return receiver;
}

async function answer(response: ServerResponse, mood: ReceiverMood): Promise<void> {
  if (mood === "hang") return;
  if (mood === "break off") {
    response.writeHead(200, { "content-length": "100" });
    response.write("half of ");
    // So that the beginning of it is on its way.
    setTimeout(() => response.socket?.destroy(), 5);
    return;
  }
  if ("lateMs" in mood) await Bun.sleep(mood.lateMs);
  const { status, headers, body } = "lateMs" in mood ? { status: 200, headers: {}, body: "ok" } : mood;
  response.writeHead(status, headers).end(body ?? "answer");
}

function receivedOf({ headers, url = "/" }: IncomingMessage, body: string): ReceivedRequest {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const path = new URL(url, "http://receiver").pathname;
  return { path, key: flat["idempotency-key"] ?? "", headers: flat, body, json: parsed(body) };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
