import { type Kysely, sql } from "kysely";
import { type Policy, spanMs } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "../store/sql.ts";
import type { Now } from "./now.ts";

/** More jobs than these that fall due in so much time stop the policy. */
export interface PolicyLimit {
  readonly policy: string;
  readonly jobs: number;
  readonly per_ms: number;
}

/** The limits that these policies have set themselves. */
export function limitsOf(policies: readonly Policy[]): readonly PolicyLimit[] {
  return policies.flatMap(({ name, options: { stopAbove } }) => {
    if (stopAbove === undefined || stopAbove === false) return [];
    return [{ policy: name, jobs: stopAbove.jobs, per_ms: spanMs(stopAbove.per) ?? 60_000 }];
  });
}

/**
 * Stops policies of which too many jobs are due in too short a time, before they run: also what becomes due within that
 * time is counted, so that of held-back jobs not even the first go through, and what is overdue, since it would all
 * run now. Those planned before a person last resumed
 * the policy no longer count. Gives the policies stopped now.
 */
export async function stopPolicies(
  db: Kysely<DocketDatabase>,
  limits: readonly PolicyLimit[],
  now: Now,
): Promise<readonly string[]> {
  if (limits.length === 0) return [];
  const per = sql`x.per_ms * interval '1 millisecond'`;
  const counts = sql`j.policy = x.policy and j.wanted and not j.moot
    and (s.resumed_at is null or j.planned_at > s.resumed_at)`;
  const { rows } = await sql<{ policy: string }>`
    with moment as materialized (select ${now()} as now),
    over as (
      select x.policy, x.jobs, x.per_ms, m.now
      from ${recordset(limits, "policy text, jobs integer, per_ms bigint")}
      cross join moment m
      left join docket.policy_stop s on s.policy = x.policy
      where s.stopped_at is null and (
        exists (
          select from (
            select j.start_at, lag(j.start_at, x.jobs) over (order by j.start_at) as earlier
            from docket.job j
            where ${counts} and j.phase in ('pending', 'running', 'done')
              and j.start_at between m.now - ${per} and m.now + ${per}) run
          where run.start_at - run.earlier < ${per})
        or (
          select count(*) from (
            select from docket.job j where ${counts} and j.phase = 'pending' and j.start_at <= m.now
            limit x.jobs + 1) overdue) > x.jobs)
    )
    insert into docket.policy_stop as s (policy, stopped_at, reason)
    select o.policy, o.now, 'over ' || o.jobs || ' jobs within ' || o.per_ms / 1000 || ' s' from over o
    order by o.policy collate "C"
    on conflict (policy) do update set stopped_at = excluded.stopped_at, reason = excluded.reason
      where s.stopped_at is null
    returning policy`.execute(db);
  return rows.map(({ policy }) => policy);
}
