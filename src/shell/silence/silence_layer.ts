import { Cause, Clock, Duration, Effect, Layer, Schedule } from "effect";
import type { Kysely } from "kysely";
import { Database } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { describeFault } from "../store/fault.ts";
import { isGivenUp, noteTold, type SilenceAlarm, type SilenceHook, takeAlarm } from "./tell_hook.ts";
import { asking, look, lookEveryMs, type WatchError, type WatchOptions } from "./watch.ts";

export interface SilenceLayerOptions extends Omit<WatchOptions, "isHooked"> {
  /** Told of each alarm. Undefined: nobody is. */
  readonly hook: SilenceHook | undefined;
}

/**
 * Watches whether Clerk's webhooks still come, while the layer lives, outside of any request. Any number of processes
 * may watch: one at a time takes the look that is due. Ends at once, or when the statement under way has.
 */
export function silenceLayer({ hook, ...options }: SilenceLayerOptions): Layer.Layer<never, never, Database> {
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const { db } = yield* Database;
      const told = hook === undefined ? Effect.void : tell(db, hook);
      yield* look(db, { ...options, isHooked: hook !== undefined }).pipe(
        Effect.andThen(told),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : Effect.logWarning("Silence watch failed, will try again", describeFault(Cause.squash(cause))),
        ),
        Effect.repeat(Schedule.spaced(Duration.millis(lookEveryMs(options)))),
        Effect.forkScoped,
      );
    }),
  );
}

/** Longest time of one telling. */
export const HOOK_LIMIT_MS = 30_000;

/** Tells the hook of one alarm, if there is one to be told. At least once each, in order. */
export function tell(db: Kysely<DocketDatabase>, hook: SilenceHook): Effect.Effect<void, WatchError> {
  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis;
    const taken = yield* asking(() => takeAlarm(db, nowMs));
    if (taken === null) return;
    const { attempts, ...alarm } = taken;
    const error = yield* call(hook, alarm);
    const atMs = yield* Clock.currentTimeMillis;
    yield* asking(() => noteTold(db, alarm, { atMs, error }));
    if (error === null) return;
    const what = isGivenUp({ attempts })
      ? "Silence hook failed, and is given up"
      : "Silence hook failed, will try again";
    yield* Effect.logError(what, { alarm: alarm.id, state: alarm.state, attempt: attempts, error });
  });
}

/** Null when the hook went well, else what it says. */
function call(hook: SilenceHook, alarm: SilenceAlarm): Effect.Effect<string | null> {
  return Effect.tryPromise({ try: async (signal) => void (await hook(alarm, { signal })), catch: textOf }).pipe(
    Effect.timeoutOrElse({
      duration: HOOK_LIMIT_MS,
      orElse: () => Effect.fail(`took over ${HOOK_LIMIT_MS} ms`),
    }),
    Effect.match({ onFailure: (error): string | null => error, onSuccess: () => null }),
  );
}

function textOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message === "" ? cause.name : cause.message;
  return typeof cause === "string" ? cause : "threw what is no error";
}
