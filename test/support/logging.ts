import { Clock, Effect, type Layer, Logger } from "effect";

/** What Effects under test log, and the time that they are told. */
export interface Logging {
  readonly layer: Layer.Layer<never>;
  /** The message of each line, without its details. */
  texts(): readonly string[];
  /** Tells this time to whom it wraps; sleeping takes the real one. */
  at(nowMs: () => number): <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>;
}

export function logging(): Logging {
  const texts: string[] = [];
  const logger = Logger.make(({ message }) => void texts.push(String(Array.isArray(message) ? message[0] : message)));
  return {
    layer: Logger.layer([logger]),
    texts: () => [...texts],
    at: (nowMs) => (effect) =>
      Effect.flatMap(Effect.service(Clock.Clock), (real) => {
        const sleep = real.sleep.bind(real);
        const told = { currentTimeMillisUnsafe: nowMs, currentTimeMillis: Effect.sync(nowMs) };
        return Effect.provideService(effect, Clock.Clock, Object.assign(Object.create(real), told, { sleep }));
      }),
  };
}
