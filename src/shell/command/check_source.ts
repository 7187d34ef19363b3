import { describeFindings } from "../silence/finding.ts";
import type { SilenceState } from "../silence/silence_state.ts";
import { CLERK_ADVICE, SILENCE_ADVICE, UNWATCHED_ADVICE } from "../stats/advice.ts";
import { type Check, failure, ok, warning } from "./check.ts";

export interface CheckSourceOptions {
  readonly nowMs: number;
  /** `DOCKET_SILENCE_AFTER`; null: the watch is off. */
  readonly afterMs: number | null;
}

const NAME = "source";

/** The watch looks once a minute, or more often. */
const STALE_MS = 300_000;

/** Do Clerk's webhooks come? As the service's own watch found. */
export function checkSource(state: SilenceState | null, { nowMs, afterMs }: CheckSourceOptions): Check {
  if (state !== null && state.silentSinceMs !== null) {
    const since = new Date(state.silentSinceMs).toISOString();
    return failure(NAME, {
      detail: `${describeFindings(state.findings)} (silent since ${since})`,
      advice: SILENCE_ADVICE,
    });
  }
  if (afterMs === null) return ok(NAME, "not watched, since DOCKET_SILENCE_AFTER=off");
  if (state?.checkedAtMs == null) return ok(NAME, "not watched yet: a running Docket does it");
  if (nowMs - state.checkedAtMs > STALE_MS) {
    return warning(NAME, {
      detail: `nobody watches whether Clerk's webhooks come, since ${new Date(state.checkedAtMs).toISOString()}`,
      advice: UNWATCHED_ADVICE,
    });
  }
  return state.clerkError === null
    ? ok(NAME, "Clerk's webhooks come, or there is nothing to tell")
    : warning(NAME, {
        detail: `Clerk cannot be asked for its newest change: ${state.clerkError}`,
        advice: CLERK_ADVICE,
      });
}
