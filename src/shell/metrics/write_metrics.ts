import { Duration, Effect, Option } from "effect";
import { Database } from "../database/database.ts";
import { Ingest } from "../ingest.ts";
import { Measured } from "../signals/measured.ts";
import { describeFault } from "../store/fault.ts";
import type { DeliveryCounts } from "./delivery_counts.ts";
import { toExposition } from "./exposition.ts";
import { processMetrics } from "./process_metrics.ts";
import { readMetrics } from "./read_metrics.ts";

const READ_TIMEOUT = Duration.seconds(3);

export interface WriteMetricsOptions {
  readonly deliveries: DeliveryCounts;
  readonly liveListeners: () => number;
}

/** All metrics as text. What this process counted is there even while the database is not. */
export function writeMetrics({
  deliveries,
  liveListeners,
}: WriteMetricsOptions): Effect.Effect<string, never, Database | Ingest | Measured> {
  return Effect.gen(function* () {
    const { db, flavor, poolUse } = yield* Database;
    const { load } = yield* Ingest;
    const { signals, loopLag } = yield* Measured;
    const read = yield* Effect.tryPromise(() => readMetrics(db)).pipe(
      Effect.timeoutOption(READ_TIMEOUT),
      Effect.catch((error) => Effect.as(Effect.logWarning("Metrics not read", describeFault(error)), Option.none())),
    );
    const up = { name: "docket_database_up", type: "gauge", help: "1 when the database answers." } as const;
    const samples = [{ value: Option.isSome(read) ? 1 : 0 }];
    const own = { flavor, signals, loopLag, queue: load(), pool: poolUse?.(), liveListeners: liveListeners() };
    return toExposition([
      deliveries.read(),
      { ...up, samples },
      ...processMetrics(own),
      ...Option.getOrElse(read, () => []),
    ]);
  });
}
