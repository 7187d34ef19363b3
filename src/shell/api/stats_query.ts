import { Clock, Effect } from "effect";
import type { SeriesSpan } from "../stats/read_series.ts";
import { readTimeMs } from "./place.ts";
import { InvalidQuery, one } from "./query.ts";

export const POINTS_MIN = 10;
export const POINTS_MAX = 300;
const POINTS_DEFAULT = 120;
const HOUR_MS = 3_600_000;
/** What is older is not kept. */
const SPAN_MS_MAX = 31 * 86_400_000;

const TIME = { allowed: "a time such as 2026-01-31T12:00:00Z", read: readTimeMs };

/** Reads `from`, `until` and `points`: the last hour, if nothing is said. Unknown parameters are ignored. */
export function readSeriesQuery(parameters: URLSearchParams): Effect.Effect<SeriesSpan, InvalidQuery> {
  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis;
    const untilMs = (yield* one(parameters, "until", TIME)) ?? nowMs;
    const fromMs = (yield* one(parameters, "from", TIME)) ?? untilMs - HOUR_MS;
    const points = yield* one(parameters, "points", {
      allowed: `a whole number from ${POINTS_MIN} to ${POINTS_MAX}`,
      read: (text) => (/^\d{1,3}$/.test(text) && +text >= POINTS_MIN && +text <= POINTS_MAX ? Number(text) : undefined),
    });
    if (fromMs >= untilMs) return yield* new InvalidQuery({ parameter: "from", allowed: "before `until`" });
    if (untilMs - fromMs > SPAN_MS_MAX) {
      return yield* new InvalidQuery({ parameter: "from", allowed: "at most 31 days before `until`" });
    }
    return { fromMs, untilMs, points: points ?? POINTS_DEFAULT };
  });
}
