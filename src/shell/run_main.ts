import { Cause, Exit, Runtime } from "effect";

/** A second signal within this time is an echo of the first: a terminal signals the whole group, launchers forward. */
const ECHO_MS = 1_000;

/**
 * Runs the program until it ends or the process is asked to stop. A clean stop on request exits with 0; a second
 * request, made by somebody who has waited, kills at once.
 */
export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  let stoppedAtMs: number | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (stoppedAtMs === null) {
      stoppedAtMs = nowMs;
      fiber.interruptUnsafe();
    } else if (nowMs - stoppedAtMs > ECHO_MS) {
      process.exit(signal === "SIGINT" ? 130 : 143);
    }
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  fiber.addObserver((exit) => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    if (stoppedAtMs !== null && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) process.exit(0);
    teardown(exit, (code) => process.exit(code));
  });
});
