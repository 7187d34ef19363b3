import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset, type Tx } from "../store/sql.ts";
import type { Now } from "./now.ts";

/** The breaker of a target that failed lately. */
export interface Breaker {
  readonly target: string;
  readonly handler: string;
  readonly isOpen: boolean;
  /** Somebody tries it just now. */
  readonly isProbing: boolean;
  /** Until somebody may try; 0 when it is time to, and while it is closed. */
  readonly waitMs: number;
}

/** What attempts came to for one target. */
export interface TargetNews {
  readonly target: string;
  readonly handler: string;
  /** Attempts that failed since the last that went well. */
  readonly failures: number;
  /** Whether one went well. */
  readonly recovered: boolean;
  readonly error: string | null;
}

/** Failures in a row that open a breaker. */
const FAILURES_MAX = 5;
/** How long an open breaker lets nobody try: longer after each probe that fails. */
const REST_SECONDS = 10;
const REST_SECONDS_MAX = 300;

/** The breakers that are open, or counting. */
export async function readBreakers(db: Kysely<DocketDatabase>, now: Now): Promise<readonly Breaker[]> {
  const { rows } = await sql<Breaker>`
    select b.target, b.handler, b.opened_at is not null as "isOpen", b.probing as "isProbing",
      greatest(coalesce(extract(epoch from b.probe_at - m.now) * 1000, 0), 0)::bigint as "waitMs"
    from docket.breaker b, (select ${now()} as now) m
    where b.opened_at is not null or b.failures > 0`.execute(db);
  return rows;
}

/** Claims the one probe of an open breaker whose time has come. True for one caller among all processes. */
export async function takeProbe(db: Kysely<DocketDatabase>, target: string, now: Now): Promise<boolean> {
  const { rows } = await sql<{ target: string }>`
    update docket.breaker b set probing = true, probe_at = ${now()} + ${REST_SECONDS_MAX} * interval '1 second',
      updated_at = now()
    where b.target = ${target} and b.probe_at <= ${now()}
    returning b.target`.execute(db);
  return rows.length > 0;
}

/**
 * Counts failures and opens breakers; closes those of targets that answered, whose jobs need wait no longer. Gives the
 * targets whose breaker opened or closed now.
 */
export async function noteTargets(
  tx: Tx,
  news: readonly TargetNews[],
  now: Now,
): Promise<{ readonly opened: readonly string[]; readonly closed: readonly string[] }> {
  const failed = news.filter(({ failures }) => failures > 0).toSorted(byTarget);
  const recovered = news.filter(({ recovered, failures }) => recovered && failures === 0).toSorted(byTarget);
  const silent = news.filter(({ recovered, failures }) => !recovered && failures === 0).toSorted(byTarget);
  const opened = failed.length === 0 ? [] : await countFailures(tx, failed, now);
  const closed = recovered.length === 0 ? [] : await closeBreakers(tx, recovered);
  if (silent.length > 0) await probeAgain(tx, silent, now);
  return { opened, closed };
}

/** An open breaker rests anew when its probe failed, and not for what was begun before it opened. */
async function countFailures(tx: Tx, failed: readonly TargetNews[], now: Now): Promise<readonly string[]> {
  const trips = sql`(b.probing or (b.opened_at is null and b.failures + excluded.failures >= ${FAILURES_MAX}))`;
  const { rows } = await sql<{ target: string }>`
    with moment as materialized (select ${now()} as now),
    was as materialized (
      select b.target from docket.breaker b join ${recordset(failed, "target text")} on x.target = b.target
      where b.opened_at is not null
    ), counted as (
    insert into docket.breaker as b (target, handler, failures, last_error, opened_at, probe_at, trips, updated_at)
    select x.target, x.handler, x.failures, x.error,
      case when x.failures >= ${FAILURES_MAX} then m.now end,
      case when x.failures >= ${FAILURES_MAX} then m.now + ${REST_SECONDS} * interval '1 second' end,
      case when x.failures >= ${FAILURES_MAX} then 1 else 0 end, m.now
    from ${recordset(failed, "target text, handler text, failures integer, recovered boolean, error text")}, moment m
    order by x.target collate "C"
    on conflict (target) do update set
      failures = b.failures + excluded.failures,
      last_error = excluded.last_error,
      opened_at = case when ${trips} then coalesce(b.opened_at, excluded.updated_at) else b.opened_at end,
      trips = case when ${trips} then b.trips + 1 else b.trips end,
      probe_at = case when ${trips} then excluded.updated_at
        + least(${REST_SECONDS} * 2 ^ least(b.trips, 10), ${REST_SECONDS_MAX}) * interval '1 second' else b.probe_at end,
      probing = false,
      updated_at = excluded.updated_at
    returning target, opened_at)
    select target from counted where opened_at is not null and target not in (select target from was)`.execute(tx);
  return rows.map(({ target }) => target);
}

/**
 * Closes breakers. Jobs that failed while one was open go first again, in the order in which they were due. Gives those
 * that were open.
 */
export async function closeBreakers(
  tx: Tx,
  recovered: readonly { readonly target: string }[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ target: string; handler: string }>`
    with was as materialized (
      select b.target, b.opened_at is not null as open from docket.breaker b
      join ${recordset(recovered, "target text")} on x.target = b.target
      order by b.target for update of b)
    update docket.breaker b set failures = 0, trips = 0, opened_at = null, probe_at = null, probing = false,
      last_error = null, updated_at = now()
    from was where b.target = was.target and (was.open or b.failures > 0)
    returning case when was.open then b.target end as target, b.handler`.execute(tx);
  const closed = rows.filter(({ target }) => target !== null);
  if (closed.length > 0) await letGo(tx, closed);
  return closed.map(({ target }) => target);
}

/** Lets the jobs go that were put off for these targets. */
async function letGo(tx: Tx, targets: readonly { readonly target: string; readonly handler: string }[]): Promise<void> {
  await sql`
    update docket.job j set next_at = null, waiting = null, held_by = null
    where j.key in (
      select o.key from docket.job o
      join ${recordset(targets, "target text, handler text")} on o.handler = x.handler and o.held_by = x.target
      where o.phase = 'pending' order by o.key for update of o)`.execute(tx);
}

/** A probe ended without telling anything: the next one is due after the shortest rest. */
async function probeAgain(tx: Tx, silent: readonly TargetNews[], now: Now): Promise<void> {
  await sql`
    update docket.breaker b set probing = false, probe_at = ${now()} + ${REST_SECONDS} * interval '1 second'
    from ${recordset(silent, "target text")}
    where b.target = x.target and b.probing`.execute(tx);
}

function byTarget(left: TargetNews, right: TargetNews): number {
  return left.target < right.target ? -1 : 1;
}
