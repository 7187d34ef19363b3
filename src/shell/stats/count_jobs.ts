import { type Kysely, type RawBuilder, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { HELD, TAKEABLE } from "../work/conditions.ts";

/** How many jobs are in which state. `due`, `held` and `stopped` are among the planned. */
export interface JobCounts {
  readonly planned: number;
  readonly due: number;
  readonly running: number;
  readonly done: number;
  readonly dead: number;
  /** Wait for approval. */
  readonly held: number;
  /** Their policy is stopped. */
  readonly stopped: number;
  readonly cancelled: number;
  readonly withdrawn: number;
  readonly regretted: number;
  /** How long the oldest due job has been due; 0 if none is. */
  readonly oldestDueSeconds: number;
  /** True: there are many, and those that say 10,000 are more, or `done` is the database's estimate. */
  readonly more: boolean;
}

/** Counted to here: beyond it, how many there are makes no difference, and counting them takes long. */
export const COUNTED_MAX = 10_000;

type Row = Omit<JobCounts, "done" | "more" | "planned"> & {
  readonly takeable: number;
  readonly done: number | null;
  /** Of those that are done: all, but for those in the index of all others. */
  readonly estimate: number;
};

/** Each number comes from an index that holds only what is counted, or from no more rows than are counted. */
export async function countJobs(db: Kysely<DocketDatabase>): Promise<JobCounts> {
  const { rows } = await sql<Row>`
    select
      ${counted(TAKEABLE)} as takeable,
      ${counted(sql`${TAKEABLE} and j.due_at <= clock_timestamp()`)} as due,
      ${counted(HELD)} as held,
      ${counted(STOPPED)} as stopped,
      ${counted(sql`j.phase = 'running'`)} as running,
      ${counted(sql`j.state = 'dead'`)} as dead,
      ${counted(sql`j.state = 'cancelled'`)} as cancelled,
      ${counted(sql`j.state = 'withdrawn'`)} as withdrawn,
      ${counted(sql`j.state = 'regretted'`)} as regretted,
      case when ${counted(sql`true`)} <= ${COUNTED_MAX}::integer then ${counted(sql`j.state = 'done'`)} end as done,
      (select sum(case oid when 'docket.job'::regclass then reltuples else -reltuples end)::bigint from pg_class
        where oid in ('docket.job'::regclass, 'docket.job_by_state'::regclass)) as estimate,
      (select coalesce(extract(epoch from clock_timestamp() - min(j.due_at)), 0)::float8 from docket.job j
        where ${TAKEABLE} and j.due_at <= clock_timestamp()) as "oldestDueSeconds"`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("The database counted no jobs");
  return toCounts(row);
}

/** As the partial index `job_by_state` says it: most jobs are done, and not in it. */
const STOPPED = sql`j.state = 'planned' and j.policy in (
  select s.policy from docket.policy_stop s where s.stopped_at is not null)`;

/** One more than is counted tells that there are more. */
function counted(condition: RawBuilder<unknown>): RawBuilder<number> {
  return sql`(select count(*) from (select from docket.job j where ${condition} limit ${COUNTED_MAX + 1}) c)::integer`;
}

function toCounts({ takeable, estimate, done, oldestDueSeconds, ...exact }: Row): JobCounts {
  const { due, held, stopped, running, dead, cancelled, withdrawn, regretted } = exact;
  const most = Math.max(...Object.values(exact), takeable, takeable + held);
  return {
    planned: capped(takeable + held),
    due: capped(due),
    running: capped(running),
    done: done ?? Math.max(estimate, 0),
    dead: capped(dead),
    held: capped(held),
    stopped: capped(stopped),
    cancelled: capped(cancelled),
    withdrawn: capped(withdrawn),
    regretted: capped(regretted),
    oldestDueSeconds: Math.max(0, Math.round(oldestDueSeconds)),
    more: done === null || most > COUNTED_MAX,
  };
}

function capped(count: number): number {
  return Math.min(count, COUNTED_MAX);
}
