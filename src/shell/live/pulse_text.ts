import { LAG_NAMES, type Tally } from "../signals/tally.ts";
import type { Standing } from "./gauges.ts";
import type { LivePulse } from "./mailbox.ts";

/** What was counted in a second, and how things stand. The lags are 95th percentiles in milliseconds. */
export function livePulseOf(tally: Tally, { jobs, silent }: Standing): LivePulse {
  const lags = LAG_NAMES.map((name) => [`${name}Ms`, rounded(tally.lag(name).quantile(0.95))] as const);
  return { at: new Date(), counts: tally.counts, p95: Object.fromEntries(lags), jobs, silent };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
