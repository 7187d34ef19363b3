import { createHash } from "node:crypto";
import { Effect, Redacted } from "effect";
import type { Json, JsonObject } from "../../core/mod.ts";
import { parseJson } from "../decode/parse_json.ts";
import { TransientFailure } from "../handler/failure.ts";
import { type ClerkFailure, type ClerkNotFound, failureOf } from "./clerk_failure.ts";

export type ClerkMethod = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** What a request says besides its path. */
export interface ClerkCall {
  /** A list is sent as one parameter for each item. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly body?: JsonObject;
  /**
   * Sent as `Idempotency-Key`. Clerk's API knows no such header (specification of 2026-05-12), so nothing may depend on
   * it: it only tells attempts of one job apart from others in logs.
   */
  readonly idempotencyKey?: string;
}

/** Where a request goes. */
export interface ClerkTarget {
  readonly method: ClerkMethod;
  readonly url: string;
  readonly secretKey: Redacted.Redacted<string>;
  /** Longest time until the last byte of the answer. */
  readonly timeLimitMs: number;
}

/** The API version whose specification this was written against; `@clerk/backend` 3.25.0 sends the same. */
const API_VERSION = "2026-05-12";
/** 500 users with all the metadata that Clerk lets them have (8 KB each of three) are some 15 MB. */
const ANSWER_BYTES_MAX = 64 * 1_048_576;

/** Makes one request and reads its answer as JSON, whatever its content type says. */
export function callClerk(target: ClerkTarget, call: ClerkCall): Effect.Effect<Json, ClerkFailure | ClerkNotFound> {
  const { timeLimitMs } = target;
  return Effect.tryPromise({
    try: (signal) => exchange(target, call, signal),
    catch: (cause) => new TransientFailure({ message: `Cannot reach Clerk: ${nameOf(cause)}` }),
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeLimitMs,
      orElse: () => Effect.fail(new TransientFailure({ message: `Clerk did not answer within ${timeLimitMs} ms` })),
    }),
    Effect.flatMap(({ response, text }) => readAnswer(response, text)),
  );
}

interface Exchange {
  readonly response: Response;
  readonly text: string;
}

async function exchange(target: ClerkTarget, call: ClerkCall, signal: AbortSignal): Promise<Exchange> {
  const { body } = call;
  const response = await fetch(`${target.url}${queryOf(call)}`, {
    method: target.method,
    headers: headersOf(target, call),
    signal,
    // Clerk's API redirects nowhere, and the key must not go where another server points.
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { response, text: await readText(response) };
}

function headersOf({ secretKey }: ClerkTarget, { body, idempotencyKey }: ClerkCall): Readonly<Record<string, string>> {
  return {
    accept: "application/json",
    authorization: `Bearer ${Redacted.value(secretKey)}`,
    "clerk-api-version": API_VERSION,
    "user-agent": "docket",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": headerSafe(idempotencyKey) }),
  };
}

/** A header carries no other characters, and a user's own key may have any. */
function headerSafe(key: string): string {
  return /^[\x21-\x7e]{1,255}$/.test(key) ? key : createHash("sha256").update(key).digest("hex");
}

function queryOf({ query = {} }: ClerkCall): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((it): [string, string] => [name, String(it)]),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw new RangeError("the answer is too long");
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function readAnswer(
  { ok, status, headers }: Response,
  text: string,
): Effect.Effect<Json, ClerkFailure | ClerkNotFound> {
  const body = text === "" ? undefined : parseJson(text);
  if (!ok) return Effect.fail(failureOf({ status, headers, body }));
  if (text === "") return Effect.succeed(null);
  return body === undefined
    ? Effect.fail(new TransientFailure({ message: `Clerk answered ${status} without JSON: check CLERK_API_URL` }))
    : Effect.succeed(body);
}

/** Never the message, which may have the address in it. */
function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown fault";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
