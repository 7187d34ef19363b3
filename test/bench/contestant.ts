/** An engine that turns events into effects. Each is a module of its own that exports these three functions. */
export interface Contestant {
  /** Gets ready to work on an empty database, in which only the table of effects is. */
  start(url: string): Promise<void>;
  /** Has each of so many events cause one effect row. Gives the seconds from the first enqueue to the last row. */
  run(events: number): Promise<number>;
  stop(): Promise<void>;
}

/** Where an effect of an event leaves its row. */
export const EFFECT_TABLE = `create table effect (
  key text primary key,
  at timestamptz not null default clock_timestamp()
)`;

/** What every effect is: one row. A second one for the same event would fail. */
export const INSERT_EFFECT = "insert into effect (key) values ($1)";

export interface Entry {
  readonly name: string;
  /** The module, from here. */
  readonly file: string;
  /** As whose documents have it, in a few words. */
  readonly setting: string;
  /** For those that would take hours. */
  readonly eventsMax?: number;
}

/** Who takes part. Those whose file is missing are left out. */
export const ENTRIES: readonly Entry[] = [
  {
    name: "docket",
    file: "docket.ts",
    setting: "its ingest and its worker, without HTTP: log, mirror and job of an event in one commit",
  },
  { name: "pg-boss", file: "peers/pg_boss.ts", setting: "as its README has it: one job every 2 s", eventsMax: 10 },
  {
    name: "pg-boss in batches",
    file: "peers/pg_boss_batches.ts",
    setting: "batches of 100, no pause while they are full",
  },
  { name: "graphile-worker", file: "peers/graphile_worker.ts", setting: "its quickstart: concurrency 5" },
  { name: "DBOS workflows", file: "peers/dbos.ts", setting: "its README: a workflow an event, id = event's" },
  { name: "DBOS queue", file: "peers/dbos_queue.ts", setting: "its README: a workflow an event, in a queue" },
];
