import { expect, test } from "bun:test";
import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import {
  type ClerkFailure,
  ClerkForbidden,
  ClerkNotFound,
  ClerkRefusal,
} from "../../../src/shell/clerk/clerk_failure.ts";
import { patiently } from "../../../src/shell/clerk/patiently.ts";
import { RateLimited, TransientFailure } from "../../../src/shell/handler/failure.ts";

/** Fails with each in turn, then succeeds; gives how often it was tried, and after how long it was over. */
function tried(
  failures: readonly (ClerkFailure | ClerkNotFound)[],
  retries?: number,
): Promise<{ readonly attempts: number; readonly tookMs: number; readonly failed: string | null }> {
  let attempts = 0;
  const effect = Effect.suspend(() => {
    const failure = failures[attempts];
    attempts += 1;
    return failure === undefined ? Effect.succeed("done") : Effect.fail(failure);
  });
  const STEP_MS = 250;
  return Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.result(patiently(effect, retries === undefined ? {} : { retries })));
      let tookMs = 0;
      while (fiber.pollUnsafe() === undefined && tookMs < 4_000_000) {
        yield* TestClock.adjust(STEP_MS);
        tookMs += STEP_MS;
      }
      const result = yield* Fiber.join(fiber);
      return { attempts, tookMs, failed: result._tag === "Failure" ? result.failure._tag : null };
    }).pipe(Effect.provide(TestClock.layer())),
  );
}

const TRANSIENT = new TransientFailure({ message: "late" });
const limited = (retryAfterMs: number): RateLimited => new RateLimited({ message: "busy", retryAfterMs });

test("patiently() tries again later each time what may pass, and gives up", async () => {
  expect(await tried([TRANSIENT, TRANSIENT])).toMatchObject({ attempts: 3, failed: null });
  const given = await tried(Array.from({ length: 20 }, () => TRANSIENT));
  expect(given).toMatchObject({ attempts: 9, failed: "TransientFailure" });
  expect(given.tookMs).toBeGreaterThan(60_000);
  expect(await tried([TRANSIENT, TRANSIENT], 1)).toMatchObject({ attempts: 2, failed: "TransientFailure" });
});

test("patiently() waits as long as Clerk says, at most a minute, and counts that as no failure", async () => {
  const waited = await tried([...Array.from({ length: 10 }, () => limited(7_000)), limited(3_600_000)], 0);
  expect(waited).toMatchObject({ attempts: 12, failed: null });
  expect(waited.tookMs).toBeGreaterThanOrEqual(130_000);
  expect(waited.tookMs).toBeLessThan(135_000);
});

test("patiently() does not wait for ever", async () => {
  expect(await tried(Array.from({ length: 100 }, () => limited(1_000)))).toMatchObject({ failed: "RateLimited" });
});

test("patiently() says at once what no retry can help", async () => {
  const codes = ["no"];
  const refusal = new ClerkRefusal({ message: "no", status: 422, codes });
  for (const failure of [
    refusal,
    new ClerkForbidden({ message: "no", codes }),
    new ClerkNotFound({ message: "no", codes }),
  ]) {
    expect(await tried([failure])).toMatchObject({ attempts: 1, failed: failure._tag });
  }
});
