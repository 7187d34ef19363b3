import { Effect, Fiber } from "effect";

/**
 * Runs `work` once for all who ask for the same key at once. Whoever gives up does not end it for the others; those who
 * come when it is over begin anew, whatever came of it. `work` must have a time limit of its own.
 */
export function singleFlight<K, A, E>(
  keyOf: (asked: K) => string,
  work: (asked: K) => Effect.Effect<A, E>,
): (asked: K) => Effect.Effect<A, E> {
  const underWay = new Map<string, Fiber.Fiber<A, E>>();
  return (asked) =>
    Effect.gen(function* () {
      const key = keyOf(asked);
      const shared = underWay.get(key);
      if (shared !== undefined) return yield* Fiber.join(shared);
      const fiber = yield* Effect.forkDetach(work(asked));
      underWay.set(key, fiber);
      // At once if it is over by now: this fiber may have given way to it.
      fiber.addObserver(() => underWay.delete(key));
      return yield* Fiber.join(fiber);
    });
}
