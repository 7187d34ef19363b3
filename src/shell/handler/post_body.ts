import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Answer } from "./http_call.ts";

/** What to send, and how. */
export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** Says which addresses a name stands for. @default the system's resolver */
  readonly lookup?: LookupFunction;
}

/** Of an answer's body, which nobody reads. */
const ANSWER_BYTES_MAX = 65_536;

/**
 * Posts, on a connection of its own, to no other place than this: redirects are not followed, and proxies of the
 * environment not used. By `node:http`, since `fetch` can't be told which address a name stands for. Resolves once the
 * answer is whole; its body is dropped, and cut off where it is over 64 KiB.
 */
export function postBody(to: URL, { headers, body, signal, lookup }: PostOptions): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = to.protocol === "https:" ? requestHttps : requestHttp;
  const call = request(to, {
    method: "POST",
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    signal,
    agent: false,
    ...(lookup === undefined ? {} : { lookup }),
  });
  call.on("error", reject);
  call.on("upgrade", (response, socket) => {
    socket.destroy();
    resolve(answerOf(response));
  });
  call.on("response", (response) => {
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= ANSWER_BYTES_MAX) return;
      resolve(answerOf(response));
      response.destroy();
    });
    response.on("end", () => resolve(answerOf(response)));
    response.on("error", reject);
    response.on("close", () => reject(new Error("the answer broke off")));
  });
  call.end(body);
  return promise;
}

/** Not a `Response`, whose constructor throws on statuses that receivers may well send. */
function answerOf({ statusCode = 500, headers }: IncomingMessage): Answer {
  return {
    status: statusCode,
    ok: statusCode >= 200 && statusCode < 300,
    headers: {
      get: (name) => {
        const value = headers[name.toLowerCase()];
        return (typeof value === "string" ? value : value?.[0]) ?? null;
      },
    },
  };
}
