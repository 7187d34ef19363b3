import type { Message } from "../../core/mod.ts";
import { isRootKind } from "./heads.ts";

/** Whether a batch may be recorded on a guess: that nothing of it is on file. */
export interface Guesses {
  /** True where it most likely holds. If it does not, recording fails with a race, and nothing of it stays. */
  readonly allows: (messages: readonly Message[]) => boolean;
  /** The last one did not hold: others that come now may not either. */
  readonly lost: () => void;
}

/** What is told later came before, as a rule. Svix tries again after 5 seconds, then 5 minutes. */
const AGE_MAX_MS = 120_000;
/** After a lost guess all is looked up for so long. The database logs an error for each that is lost. */
const REST_MS = 60_000;

/**
 * Guesses of one process. New users that were just created are on file if somebody asked for them before their webhook
 * came, or if it comes twice; hardly ever else. Looking first costs a round trip and two questions.
 */
export function makeGuesses(nowMs: () => number = () => performance.now()): Guesses {
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  return {
    allows: (messages) => nowMs() >= restsUntilMs && messages.every(isNews),
    lost: () => {
      restsUntilMs = nowMs() + REST_MS;
    },
  };
}

/** The birth of what has no parents, which would have to be locked. */
function isNews(message: Message): boolean {
  return (
    message._tag === "Changed" &&
    message.source === "webhook" &&
    message.type.endsWith(".created") &&
    message.parents.length === 0 &&
    isRootKind(message.ref) &&
    message.receivedAtMs - message.version.timestampMs <= AGE_MAX_MS
  );
}
