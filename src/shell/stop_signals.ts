/** A second signal within this time is an echo of the first: a terminal signals the whole group, launchers forward. */
const ECHO_MS = 1_000;

/**
 * Calls `stop` when the process is asked to stop. A second request, made by somebody who has waited, kills at once.
 *
 * @returns Ends it: signals do then what they do by themselves.
 */
export function onStopSignal(stop: () => void): () => void {
  let stoppedAtMs: number | null = null;
  const hear = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (stoppedAtMs === null) {
      stoppedAtMs = nowMs;
      stop();
    } else if (nowMs - stoppedAtMs > ECHO_MS) {
      process.exit(signal === "SIGINT" ? 130 : 143);
    }
  };
  process.on("SIGINT", hear);
  process.on("SIGTERM", hear);
  return () => {
    process.off("SIGINT", hear);
    process.off("SIGTERM", hear);
  };
}
