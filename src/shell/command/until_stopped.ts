import { Cause, Effect, Exit } from "effect";
import { onStopSignal } from "../stop_signals.ts";

/** Interrupts the program when the process is told to stop. Rejects with what it fails with. */
export async function untilStopped<A, E>(program: Effect.Effect<A, E>): Promise<A | "stopped"> {
  const told = new AbortController();
  const end = onStopSignal(() => told.abort());
  const exit = await Effect.runPromiseExit(program, { signal: told.signal });
  // Once told, it goes on listening: an echo must not kill what is being closed.
  if (!told.signal.aborted) end();
  if (Exit.isSuccess(exit)) return exit.value;
  if (told.signal.aborted) return "stopped";
  throw Cause.squash(exit.cause);
}
