import { type Kysely, type RawBuilder, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { instantOf, recordset } from "../store/sql.ts";
import { Histogram } from "./histogram.ts";
import { COUNT_NAMES, type CountName, LAG_NAMES, type LagName, Tally } from "./tally.ts";

/** What a process counted from `atMs` on. */
export interface Pulse {
  readonly atMs: number;
  readonly tally: Tally;
}

/** How long one row stands for, as it is written and after it was folded. */
export const PULSE_SECONDS = 10;
export const FOLDED_SECONDS = 300;
/** Rows older than this are folded, those of all processes together. */
export const FINE_MS = 6 * 3_600_000;
/** Rows older than this are dropped. */
export const KEPT_MS = 30 * 86_400_000;
/** Rows folded or dropped in one statement. */
const CHORE_ROWS_MAX = 5_000;

const COUNT_COLUMNS: Readonly<Record<CountName, string>> = {
  received: "received",
  applied: "applied",
  stale: "stale",
  duplicate: "duplicate",
  ignored: "ignored",
  foreign: '"foreign"',
  quarantined: "quarantined",
  effectsDone: "effects_done",
  effectsFailed: "effects_failed",
};
const LAG_COLUMNS: Readonly<Record<LagName, string>> = {
  happenedToReceived: "happened_to_received",
  receivedToApplied: "received_to_applied",
  appliedToEffect: "applied_to_effect",
  late: "late",
};
const COUNTS = Object.values(COUNT_COLUMNS);
const LAGS = Object.values(LAG_COLUMNS);
const COLUMNS = sql.raw([...COUNTS, ...LAGS].join(", "));
const ROW = `at_ms bigint, ${COUNTS.map((name) => `${name} bigint`).join(", ")}, ${LAGS.map((name) => `${name} bigint[]`).join(", ")}`;
const BUCKETS = new Histogram().counts.length;

/** Writes what a process counted. Safe to repeat: what is there stays. */
export async function writePulses(
  db: Kysely<DocketDatabase>,
  process: string,
  pulses: readonly Pulse[],
): Promise<void> {
  if (pulses.length === 0) return;
  const columns = sql.raw([...COUNTS, ...LAGS].map((name) => `x.${name}`).join(", "));
  await sql`
    insert into docket.pulse (at, process, seconds, ${COLUMNS})
    select ${instantOf("x.at_ms")}, ${process}::uuid, ${PULSE_SECONDS}::integer, ${columns}
    from ${recordset(pulses.map(rowOf), ROW)}
    on conflict do nothing`.execute(db);
}

/** Folds rows that are no longer fine enough to be looked at one by one, and drops those nobody looks at. */
export async function foldPulses(db: Kysely<DocketDatabase>, nowMs: number): Promise<void> {
  const foldedMs = FOLDED_SECONDS * 1_000;
  const until = isoOf(Math.floor((nowMs - FINE_MS) / foldedMs) * foldedMs);
  // Each row that comes of it has a name of its own, so two processes that fold at once are not in each other's way.
  await sql`
    with old as (
      delete from docket.pulse where (at, process) in (
        select at, process from docket.pulse where at < ${until} and seconds < ${FOLDED_SECONDS}::integer
        order by at limit ${CHORE_ROWS_MAX} for update skip locked)
      returning *
    )
    insert into docket.pulse (at, process, seconds, ${COLUMNS})
    select ${stepOf("at", FOLDED_SECONDS)}, gen_random_uuid(), ${FOLDED_SECONDS}::integer, ${sums()}
    from old group by 1`.execute(db);
  await sql`
    delete from docket.pulse where (at, process) in (
      select at, process from docket.pulse where at < ${isoOf(nowMs - KEPT_MS)}
      order by at limit ${CHORE_ROWS_MAX} for update skip locked)`.execute(db);
}

export interface PulseSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly stepSeconds: number;
}

/** What all processes wrote of a span, by steps; steps in which nothing happened are not among them. */
export async function readPulses(db: Kysely<DocketDatabase>, span: PulseSpan): Promise<readonly Pulse[]> {
  const { rows } = await sql<{ pulse: PulseRow }>`
    select to_jsonb(p) as pulse from (
      select (extract(epoch from ${stepOf("at", span.stepSeconds)}) * 1000)::bigint as at_ms, ${sums()}
      from docket.pulse where at >= ${isoOf(span.fromMs)} and at < ${isoOf(span.untilMs)} group by 1) p
    order by p.at_ms`.execute(db);
  return rows.map(({ pulse }) => pulseOf(pulse));
}

/** How many of what all processes wrote since then. */
export async function readCounts(db: Kysely<DocketDatabase>, fromMs: number): Promise<Tally> {
  const { rows } = await sql<PulseRow>`
    select ${sql.raw(COUNTS.map((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`).join(", "))}
    from docket.pulse where at >= ${isoOf(fromMs)}`.execute(db);
  return new Tally(countsOf(rows[0]));
}

type PulseRow = Readonly<Record<string, number | readonly number[] | null>>;

function isoOf(atMs: number): RawBuilder<Date> {
  return sql`${new Date(atMs).toISOString()}::text::timestamptz`;
}

function stepOf(column: string, seconds: number): RawBuilder<Date> {
  return sql`to_timestamp(floor(extract(epoch from ${sql.raw(column)}) / ${sql.lit(seconds)}) * ${sql.lit(seconds)})`;
}

/** Bucket by bucket: to take the arrays apart and group them anew would take many times as long. */
function sums(): RawBuilder<unknown> {
  const counts = COUNTS.map((name) => `sum(${name})::bigint as ${name}`);
  const lags = LAGS.map((name) => {
    const buckets = Array.from({ length: BUCKETS }, (_, index) => `sum(${name}[${index + 1}])::bigint`);
    return `case when count(${name}) > 0 then array[${buckets.join(", ")}] end as ${name}`;
  });
  return sql.raw([...counts, ...lags].join(", "));
}

function rowOf({ atMs, tally }: Pulse): object {
  const counts = COUNT_NAMES.map((name) => [bare(COUNT_COLUMNS[name]), tally.counts[name]]);
  const lags = LAG_NAMES.map((name) => [LAG_COLUMNS[name], tally.lag(name).total > 0 ? tally.lag(name).counts : null]);
  return { at_ms: atMs, ...Object.fromEntries([...counts, ...lags]) };
}

function pulseOf(row: PulseRow): Pulse {
  const lags = LAG_NAMES.flatMap((name) => {
    const counts = row[LAG_COLUMNS[name]];
    return Array.isArray(counts) ? [[name, new Histogram(undefined, counts.map(Number))] as const] : [];
  });
  return { atMs: Number(row["at_ms"]), tally: new Tally(countsOf(row), Object.fromEntries(lags)) };
}

function countsOf(row: PulseRow | undefined): Partial<Record<CountName, number>> {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, Number(row?.[bare(COUNT_COLUMNS[name])] ?? 0)]));
}

function bare(column: string): string {
  return column.replaceAll('"', "");
}
