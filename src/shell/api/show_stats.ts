import { Effect } from "effect";
import { Database } from "../database/database.ts";
import { Measured } from "../signals/measured.ts";
import { readSeries, type Series, type SeriesSpan } from "../stats/read_series.ts";
import { readStats, type Stats } from "../stats/read_stats.ts";
import { ReadError } from "./read_error.ts";

/** How things stand, and what a person must do. */
export function showStats(): Effect.Effect<Stats, ReadError, Database | Measured> {
  return Effect.gen(function* () {
    const { db, flavor } = yield* Database;
    const { pulses } = yield* Measured;
    return yield* asking(() => readStats(db, { flavor, pulses }));
  });
}

/** What was counted and measured over a span of time. */
export function showSeries(span: SeriesSpan): Effect.Effect<Series, ReadError, Database | Measured> {
  return Effect.gen(function* () {
    const { db } = yield* Database;
    const { pulses } = yield* Measured;
    return yield* asking(() => readSeries(db, span, pulses));
  });
}

function asking<T>(ask: () => Promise<T>): Effect.Effect<T, ReadError> {
  return Effect.tryPromise({ try: ask, catch: (cause) => new ReadError({ cause }) });
}
