import packageJson from "../../../package.json" with { type: "json" };
import type { DatabaseFlavor } from "../database/database.ts";
import type { PoolUse } from "../database/session_pool.ts";
import type { QueueLoad } from "../ingest.ts";
import type { Histogram } from "../signals/histogram.ts";
import type { LoopLag } from "../signals/loop_lag.ts";
import type { Signals } from "../signals/signals.ts";
import type { LagName } from "../signals/tally.ts";
import type { Metric, Sample } from "./exposition.ts";

/** What a process knows of itself. */
export interface ProcessFacts {
  readonly flavor: DatabaseFlavor;
  readonly signals: Signals;
  readonly loopLag: LoopLag;
  readonly queue: QueueLoad;
  /** Undefined: it is not known. */
  readonly pool: PoolUse | undefined;
  readonly liveListeners: number;
}

/** What this process counted since it started, and what it uses now. Asks nobody. */
export function processMetrics(facts: ProcessFacts): readonly Metric[] {
  const { flavor, signals, loopLag, queue, pool, liveListeners } = facts;
  return [
    gauge("docket_build_info", "Always 1: the version that runs, and its database.", [
      { labels: { version: packageJson.version, database: flavor }, value: 1 },
    ]),
    {
      name: "docket_messages_total",
      type: "counter",
      help: "Messages recorded by this process, by outcome and event type; types that are not known are other.",
      samples: signals.messages.samples(),
    },
    ...lagMetrics(signals),
    {
      name: "docket_batch_messages",
      type: "histogram",
      help: "How many messages this process committed together.",
      histogram: signals.batches,
      scale: 1,
    },
    gauge("docket_queue_messages", "Messages in memory, waiting or being written.", [{ value: queue.messages }]),
    gauge("docket_queue_characters", "Characters of the payloads in memory.", [{ value: queue.characters }]),
    {
      name: "docket_job_attempts_total",
      type: "counter",
      help: "Attempts of jobs that ended in this process, by policy, handler and outcome.",
      samples: signals.attempts.samples(),
    },
    seconds("docket_event_loop_lag_seconds", "How late timers come in this process.", loopLag.lags),
    gauge("docket_live_listeners", "Who listens to GET /v1/live here.", [{ value: liveListeners }]),
    ...(pool === undefined ? [] : poolMetrics(pool)),
    ...osMetrics(),
  ];
}

const LAGS: Readonly<Record<LagName, readonly [name: string, help: string]>> = {
  happenedToReceived: [
    "docket_message_receipt_lag_seconds",
    "From the timestamp of a webhook to its receipt, first deliveries only.",
  ],
  receivedToApplied: ["docket_message_commit_lag_seconds", "From the receipt of a message to its commit."],
  appliedToEffect: [
    "docket_job_effect_lag_seconds",
    "From when a job could begin (planned, its time come, approved) to the end of the attempt that did it.",
  ],
  late: [
    "docket_message_late_seconds",
    "How far out of order stale messages came: by how much what was on file was newer.",
  ],
};

function lagMetrics(signals: Signals): readonly Metric[] {
  const total = signals.total();
  return Object.entries(LAGS).map(([lag, [name, help]]) => seconds(name, help, total.lag(lag as LagName)));
}

function poolMetrics({ busy, idle, waiting, most }: PoolUse): readonly Metric[] {
  return [
    gauge("docket_database_sessions", "Open sessions with the database, by whether somebody has them.", [
      { labels: { state: "busy" }, value: busy },
      { labels: { state: "idle" }, value: idle },
    ]),
    gauge("docket_database_sessions_max", "How many there may be.", [{ value: most }]),
    gauge("docket_database_session_waiters", "Who waits for a session.", [{ value: waiting }]),
  ];
}

function osMetrics(): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  return [
    gauge("process_resident_memory_bytes", "Resident memory.", [{ value: process.memoryUsage.rss() }]),
    gauge("process_start_time_seconds", "When the process started, since the Unix epoch.", [
      { value: performance.timeOrigin / 1_000 },
    ]),
    {
      name: "process_cpu_seconds_total",
      type: "counter",
      help: "Processor time, the system's included.",
      samples: [{ value: (user + system) / 1_000_000 }],
    },
  ];
}

function seconds(name: string, help: string, histogram: Histogram): Metric {
  return { name, type: "histogram", help, histogram, scale: 0.001 };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}
