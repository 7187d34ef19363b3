import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { type Percentiles, percentilesOf } from "../signals/histogram.ts";
import { FINE_MS, FOLDED_SECONDS, type Pulse, readPulses } from "../signals/pulse_store.ts";
import type { PulseWriter } from "../signals/pulse_writer.ts";
import { type Counts, Tally } from "../signals/tally.ts";

/** What was counted from `at` on, for the step of the series. The lags are null where there was nothing to measure. */
export interface SeriesPoint extends Counts {
  readonly at: Date;
  readonly happenedToReceivedMs: Percentiles | null;
  readonly receivedToAppliedMs: Percentiles | null;
  readonly appliedToEffectMs: Percentiles | null;
  /** Of stale messages: by how much what was on file was newer. */
  readonly lateMs: Percentiles | null;
}

/** For plots: one point for each step, the oldest first, also where nothing happened. */
export interface Series {
  readonly from: Date;
  readonly until: Date;
  readonly stepSeconds: number;
  readonly points: readonly SeriesPoint[];
}

export interface SeriesSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  /** At most so many. */
  readonly points: number;
}

/** Steps that people think in. The longest lets any allowed span have ten points. */
const STEPS_SECONDS = [
  10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 345_600,
];

/** Of all processes; what the others counted in the last ten seconds may be missing. */
export async function readSeries(db: Kysely<DocketDatabase>, span: SeriesSpan, pulses: PulseWriter): Promise<Series> {
  const stepSeconds = stepFor(span, Date.now());
  const stepMs = stepSeconds * 1_000;
  const fromMs = Math.floor(span.fromMs / stepMs) * stepMs;
  const steps = { fromMs, untilMs: span.untilMs, stepSeconds };
  const { written, unwritten } = await pulses.whole(() => readPulses(db, steps));
  const byStep = new Map(written.map(({ atMs, tally }) => [atMs, tally]));
  for (const pulse of unwritten) if (pulse.atMs < span.untilMs) addTo(byStep, pulse, stepMs);
  const points = Array.from({ length: Math.ceil((span.untilMs - fromMs) / stepMs) }, (_, index) => {
    const atMs = fromMs + index * stepMs;
    return pointOf(atMs, byStep.get(atMs) ?? new Tally());
  });
  return { from: new Date(fromMs), until: new Date(span.untilMs), stepSeconds, points };
}

/** The shortest step that gives no more points than wanted, and that all of the span was written in. */
export function stepFor({ fromMs, untilMs, points }: SeriesSpan, nowMs: number): number {
  // What is folded soon is taken for folded.
  const least = fromMs < nowMs - FINE_MS + FOLDED_SECONDS * 2_000 ? FOLDED_SECONDS : 0;
  const fits = (seconds: number): boolean => {
    const first = Math.floor(fromMs / (seconds * 1_000)) * seconds * 1_000;
    return seconds >= least && Math.ceil((untilMs - first) / (seconds * 1_000)) <= points;
  };
  return STEPS_SECONDS.find(fits) ?? STEPS_SECONDS.at(-1) ?? FOLDED_SECONDS;
}

function addTo(byStep: Map<number, Tally>, { atMs, tally }: Pulse, stepMs: number): void {
  const step = Math.floor(atMs / stepMs) * stepMs;
  const sum = byStep.get(step) ?? new Tally();
  sum.add(tally);
  byStep.set(step, sum);
}

function pointOf(atMs: number, tally: Tally): SeriesPoint {
  return {
    at: new Date(atMs),
    ...tally.counts,
    happenedToReceivedMs: percentilesOf(tally.lag("happenedToReceived")),
    receivedToAppliedMs: percentilesOf(tally.lag("receivedToApplied")),
    appliedToEffectMs: percentilesOf(tally.lag("appliedToEffect")),
    lateMs: percentilesOf(tally.lag("late")),
  };
}
