import { Cause, Exit, Runtime } from "effect";
import { onStopSignal } from "./stop_signals.ts";

/**
 * Runs the program until it ends or the process is asked to stop. A clean stop on request exits with 0; a second
 * request, made by somebody who has waited, kills at once.
 */
export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  let isStopped = false;
  const end = onStopSignal(() => {
    isStopped = true;
    fiber.interruptUnsafe();
  });
  fiber.addObserver((exit) => {
    end();
    if (isStopped && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) process.exit(0);
    teardown(exit, (code) => process.exit(code));
  });
});
