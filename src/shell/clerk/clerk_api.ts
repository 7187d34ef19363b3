import { Clock, Effect, type Redacted, Semaphore } from "effect";
import type { Json } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readId } from "../decode/read.ts";
import { PermanentFailure, RateLimited, TransientFailure } from "../handler/failure.ts";
import { type ClerkCall, type ClerkMethod, callClerk } from "./call_clerk.ts";
import type { ClerkFailure, ClerkNotFound } from "./clerk_failure.ts";

/** Clerk's Backend API, for one instance. */
export interface ClerkApi {
  /**
   * One request and the JSON of its answer; null where it has no body. Interrupting it ends the request, of which Clerk
   * may have carried out what it asks all the same.
   *
   * Fails with `ClerkNotFound` on Clerk's own 404, `RateLimited` on 429, `ClerkRefusal` (a `PermanentFailure`) on other
   * 4xx, and with `TransientFailure` when Clerk can't be reached, answers late, or does not accept the key: a key can
   * be mended.
   *
   * @param path After `/v1`: `/users/user_1`. A step that is no name of Clerk's is refused, so that no id can turn it.
   */
  readonly request: (
    method: ClerkMethod,
    path: string,
    call?: ClerkCall,
  ) => Effect.Effect<Json, ClerkFailure | ClerkNotFound>;
  /** The `ins_...` of the instance that the key is of. Asked once, unless that fails. */
  readonly instanceId: Effect.Effect<string, ClerkFailure>;
}

export interface ClerkApiOptions {
  /** Without the `/v1`. */
  readonly apiUrl: string;
  /** Absent: every request fails, and says so. */
  readonly secretKey: Redacted.Redacted<string> | undefined;
  /** Longest time of one request, until its last byte. @default 10000 */
  readonly timeLimitMs?: number;
  /** Requests under way at once, of this process. @default 10 */
  readonly concurrency?: number;
}

const TIME_LIMIT_MS = 10_000;
/**
 * Clerk lets an instance make 1,000 requests in 10 s in production and 100 in development (its docs, "Rate limits"). Ten
 * at a time, of some 100 ms each, are as many as the former; in development a 429 says when to come again.
 */
const CONCURRENCY = 10;
/** Longest time that one answer keeps all others from asking: a proxy on the way may say anything. */
const BLOCK_MS_MAX = 60_000;
/** Longest time from asking to having an answer, the wait for a place included. */
const WAIT_LIMIT_MS = 25_000;

/** A client. Holds nothing open. */
export function makeClerkApi(options: ClerkApiOptions): ClerkApi {
  const { apiUrl, secretKey, timeLimitMs = TIME_LIMIT_MS, concurrency = CONCURRENCY } = options;
  const places = Semaphore.makeUnsafe(concurrency);
  let blockedUntilMs = 0;
  // Once Clerk asks to be left alone, the others who are about to ask need not be told one by one.
  const blocked = Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
    nowMs < blockedUntilMs
      ? Effect.fail(new RateLimited({ message: "Clerk asked to wait", retryAfterMs: blockedUntilMs - nowMs }))
      : Effect.void,
  );
  const block = ({ retryAfterMs }: RateLimited): Effect.Effect<void> =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      blockedUntilMs = Math.max(blockedUntilMs, nowMs + Math.min(retryAfterMs, BLOCK_MS_MAX));
    });
  const request: ClerkApi["request"] = (method, path, call = {}) => {
    if (secretKey === undefined) return Effect.fail(new TransientFailure({ message: NO_KEY }));
    if (!PATH.test(path)) return Effect.fail(new PermanentFailure({ message: BAD_PATH }));
    const answered = callClerk({ method, url: `${apiUrl}/v1${path}`, secretKey, timeLimitMs }, call).pipe(
      Effect.tapError((error) => (error._tag === "RateLimited" ? block(error) : Effect.void)),
    );
    return places.withPermits(1)(Effect.andThen(blocked, answered)).pipe(within(WAIT_LIMIT_MS));
  };
  return { request, instanceId: onceDone(askInstanceId(request)) };
}

/** An id of `..` would make a deleted membership a deleted organization. */
const PATH = /^(?:\/[\w-]+)+$/;
const BAD_PATH = "Cannot ask Clerk: an id has characters that no id of Clerk's has";
/** What is said when there is no key. */
export const NO_KEY =
  "CLERK_SECRET_KEY is not set, so Clerk can't be asked: copy the secret key from Clerk's Dashboard > API keys";

/** Fails when it takes longer. */
function within(limitMs: number): <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | TransientFailure> {
  const message = `Clerk had no time for the request within ${limitMs} ms`;
  return Effect.timeoutOrElse({
    duration: limitMs,
    orElse: () => Effect.fail(new TransientFailure({ message })),
  });
}

function askInstanceId(request: ClerkApi["request"]): Effect.Effect<string, ClerkFailure> {
  return Effect.suspend(() => request("GET", "/instance")).pipe(
    Effect.catchTag("ClerkNotFound", ({ message }) => Effect.fail(new TransientFailure({ message }))),
    Effect.flatMap((body) => {
      const id = isJsonObject(body) ? readId(body, "id") : null;
      return id === null
        ? Effect.fail(new TransientFailure({ message: "Clerk named no instance: check CLERK_API_URL" }))
        : Effect.succeed(id);
    }),
  );
}

/** Remembers what it succeeded with. */
function onceDone<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
  let done: { readonly value: A } | undefined;
  return Effect.suspend(() =>
    done === undefined
      ? Effect.tap(effect, (value) =>
          Effect.sync(() => {
            done = { value };
          }),
        )
      : Effect.succeed(done.value),
  );
}
