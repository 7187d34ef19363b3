import { Effect } from "effect";
import { type ClerkFailure, ClerkForbidden, type ClerkNotFound } from "./clerk_failure.ts";

export interface PatienceOptions {
  /** Times that it is tried again after a failure that may pass. @default 8, over a minute and a half in all */
  readonly retries?: number;
}

const RETRIES = 8;
const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 30_000;
/** Longest single wait because Clerk says so: a proxy on the way may say anything. */
const WAIT_MS_MAX = 60_000;
/** Times that Clerk may ask to wait for one request: at most an hour, and it says no more then. */
const WAITS_MAX = 60;

/**
 * Does what `effect` asks of Clerk, for work that has time: waits as long as Clerk says, which counts as no failure, and
 * tries again, later each time, after what may pass.
 */
export function patiently<A>(
  effect: Effect.Effect<A, ClerkFailure | ClerkNotFound>,
  { retries = RETRIES }: PatienceOptions = {},
): Effect.Effect<A, ClerkFailure | ClerkNotFound> {
  const attempt = (failures: number, waits: number): Effect.Effect<A, ClerkFailure | ClerkNotFound> =>
    Effect.catch(effect, (error) => {
      if (error._tag === "RateLimited" && waits < WAITS_MAX) {
        return Effect.andThen(Effect.sleep(Math.min(error.retryAfterMs, WAIT_MS_MAX)), attempt(failures, waits + 1));
      }
      const mayPass = error._tag === "TransientFailure" && !(error instanceof ClerkForbidden);
      if (!mayPass || failures >= retries) return Effect.fail(error);
      const backoffMs = Math.min(BACKOFF_MS * 2 ** failures, BACKOFF_MS_MAX);
      return Effect.andThen(Effect.sleep(backoffMs), attempt(failures + 1, waits));
    });
  return Effect.suspend(() => attempt(0, 0));
}
