import { sql } from "kysely";
import type { ArmJob } from "../../core/mod.ts";
import { JOB_COLUMNS, jobRow } from "./jobs.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantOf, recordset } from "./sql.ts";

/**
 * Arms level-triggered jobs: one that is done waits again, one that waits goes on waiting, and of one that runs the
 * worker sees by `armed` that it must run once more. The newest change gives the payload.
 */
export function armJobs(line: Pipeline, effects: readonly ArmJob[]): void {
  if (effects.length === 0) return;
  const newest = effects.toSorted((left, right) => left.job.asOfMs - right.job.asOfMs);
  const jobs = new Map(newest.map(({ job }) => [job.key, job]));
  const rows = [...jobs.values()].map((job) => jobRow({ job, wanted: true, moot: false, phase: "pending" }));
  line.add(sql`
    insert into docket.job as t (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until,
      needs, approval, level)
    select x.key, x.policy, x.kind, x.entity, x.intent, x.version, x.svix_id, x.handler,
      coalesce(x.payload, 'null'::jsonb), ${instantOf("x.start_at_ms")}, x.until,
      x.needs, x.approval, true
    from ${recordset(rows, JOB_COLUMNS)}
    order by x.key collate "C"
    on conflict (key) do update set
      armed = t.armed + 1,
      phase = case when t.phase in ('done', 'dead') then 'pending' else t.phase end,
      attempts_spent = case when t.phase in ('done', 'dead') then t.attempts else t.attempts_spent end,
      next_at = case when t.phase in ('done', 'dead') then null else t.next_at end,
      start_at = case when t.phase = 'pending' then least(t.start_at, excluded.start_at) else excluded.start_at end,
      version = greatest(t.version, excluded.version),
      svix_id = case when t.version <= excluded.version then excluded.svix_id else t.svix_id end,
      handler = case when t.version <= excluded.version then excluded.handler else t.handler end,
      payload = case when t.version <= excluded.version then excluded.payload else t.payload end,
      until = case when t.version <= excluded.version then excluded.until else t.until end,
      needs = case when t.version <= excluded.version then excluded.needs else t.needs end,
      approval = case when t.version <= excluded.version then excluded.approval else t.approval end,
      approved_at = case when t.phase in ('done', 'dead') or (t.version <= excluded.version
        and (t.handler, t.payload) is distinct from (excluded.handler, excluded.payload)) then null
        else t.approved_at end,
      planned_at = case when t.phase in ('done', 'dead') then excluded.planned_at else t.planned_at end,
      finished_at = case when t.phase in ('done', 'dead') then null else t.finished_at end,
      updated_at = now()`);
}
