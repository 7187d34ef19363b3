import { type RawBuilder, sql } from "kysely";
import {
  type DocketEffect,
  type EntityRef,
  find,
  type Index,
  type JobOnFile,
  type JobPhase,
  refKey,
  type WantedJob,
} from "../../core/mod.ts";
import { cleanJson } from "../tables/mod.ts";
import { type BulkRow, bulkOf } from "./bulk.ts";
import { taggedWith } from "./effects.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantOf, instantText, msOf, recordset, type Tx } from "./sql.ts";

export interface JobRow {
  readonly key: string;
  readonly policy: string;
  readonly kind: EntityRef["kind"];
  readonly entity: string;
  readonly intent: string;
  readonly version: number;
  readonly svix_id: string;
  readonly handler: string;
  readonly payload: WantedJob["payload"];
  readonly start_at_ms: number;
  readonly until: WantedJob["until"];
  readonly needs: WantedJob["needs"];
  readonly approval: boolean;
  readonly wanted: boolean;
  readonly moot: boolean;
  readonly phase: JobPhase;
}

/** The jobs of these entities that are on file, as they are wanted, by `refKey`. The entities' heads are locked. */
export async function readJobs(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, readonly JobOnFile[]>> {
  return refs.length === 0 ? new Map() : jobsFrom((await askJobs(refs).execute(tx)).rows);
}

/** The question of `readJobs`. */
export function askJobs(refs: readonly EntityRef[]): RawBuilder<JobRow> {
  return sql<JobRow>`
    select j.key, j.policy, j.kind, j.entity, j.wanted, j.moot, j.phase,
      coalesce(j.renewed ->> 'intent', j.intent) as intent,
      coalesce((j.renewed ->> 'version')::bigint, j.version) as version,
      coalesce(j.renewed ->> 'svix_id', j.svix_id) as svix_id,
      coalesce(j.renewed ->> 'handler', j.handler) as handler,
      coalesce(j.renewed -> 'payload', j.payload) as payload,
      ${msOf("coalesce((j.renewed ->> 'start_at')::timestamptz, j.start_at)")} as start_at_ms,
      coalesce(j.renewed -> 'until', j.until) as until,
      coalesce(j.renewed -> 'needs', j.needs) as needs,
      coalesce((j.renewed ->> 'approval')::boolean, j.approval) as approval
    from ${recordset(refs, "kind text, id text")}
    cross join lateral (select * from docket.job j where j.kind = x.kind and j.entity = x.id offset 0) j
    where not j.level`;
}

/** What `askJobs` was answered, by `refKey`. */
export function jobsFrom(rows: readonly JobRow[]): ReadonlyMap<string, readonly JobOnFile[]> {
  const jobs = new Map<string, JobOnFile[]>();
  for (const row of rows) {
    const key = refKey({ kind: row.kind, id: row.entity });
    const entry = jobOnFile(row);
    const ofEntity = jobs.get(key);
    if (ofEntity === undefined) jobs.set(key, [entry]);
    else ofEntity.push(entry);
  }
  return jobs;
}

/** The record that `jobRow` is, for many rows in one parameter. */
export const JOB_COLUMNS = `key text, policy text, kind text, entity text, intent text, version bigint, svix_id text,
  handler text, payload jsonb, start_at_ms bigint, until jsonb, needs jsonb, approval boolean, wanted boolean, moot boolean`;

/** What a job that is not under way takes over when it is wanted otherwise. */
const RENEWED = ["intent", "version", "svix_id", "handler", "payload", "start_at", "until", "needs", "approval"];

const OPEN = "t.phase in ('pending', 'dead', 'cancelled')";

const INTO_JOBS = bulkOf(
  JOB_COLUMNS,
  (rows) => `
    insert into docket.job as t (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until,
      needs, approval, wanted, moot)
    select x.key, x.policy, x.kind, x.entity, x.intent, x.version, x.svix_id, x.handler,
      coalesce(x.payload, 'null'::jsonb),
      ${instantText("x.start_at_ms")}, x.until, x.needs, x.approval, x.wanted, x.moot
    from ${rows}
    order by x.key collate "C"
    on conflict (key) do update set
      wanted = excluded.wanted,
      moot = excluded.moot,
      ${RENEWED.map((name) => `${name} = case when ${OPEN} then excluded.${name} else t.${name} end`).join(",\n      ")},
      approved_at = case when ${OPEN} and (t.handler, t.payload) is distinct from (excluded.handler, excluded.payload)
        then null else t.approved_at end,
      updated_at = now()`,
);

/**
 * Writes jobs as the effects leave them. What a job ran with stays, and what it runs with until it waits again. The
 * phase is never touched, since it is the workers' and the people's. What was approved was approved as it was then.
 */
export function writeJobs(
  line: Pipeline,
  effects: readonly DocketEffect[],
  { before, after }: { readonly before: Index; readonly after: Index },
): void {
  const touched = new Map<string, EntityRef>();
  for (const effect of effects) {
    if (effect._tag === "PlanJob") touched.set(effect.job.key, effect.job.ref);
    else if (effect._tag === "WithdrawJob" || effect._tag === "MarkMoot") touched.set(effect.key, effect.ref);
  }
  if (touched.size === 0) return;
  const planned = new Map(taggedWith(effects, "PlanJob").map(({ job }) => [job.key, job]));
  const rows = [...touched].flatMap(([key, ref]) =>
    find(after, ref)
      .jobs.filter((entry) => entry.job.key === key)
      // One that ran when it was read may wait by now: what it becomes is what is wanted, not what it ran with.
      .map((entry) => jobRow({ ...entry, job: planned.get(key) ?? entry.job })),
  );
  const inOrder = rows.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  line.addRows(INTO_JOBS, inOrder as readonly object[] as readonly BulkRow[]);
  renewRunning(line, effects, before);
}

/** Notes how jobs that are under way are wanted now: they become that if they are to be run again. */
function renewRunning(line: Pipeline, effects: readonly DocketEffect[], before: Index): void {
  const planned = taggedWith(effects, "PlanJob").filter(({ job }) =>
    find(before, job.ref).jobs.some((entry) => entry.job.key === job.key),
  );
  const rows = [...new Map(planned.map(({ job, moot }) => [job.key, { job, moot }])).values()].map(({ job, moot }) =>
    jobRow({ job, moot, wanted: true, phase: "running" }),
  );
  if (rows.length === 0) return;
  line.add(sql`
    update docket.job j set renewed = jsonb_build_object('intent', x.intent, 'version', x.version, 'svix_id', x.svix_id,
      'handler', x.handler, 'payload', coalesce(x.payload, 'null'::jsonb), 'start_at', ${instantOf("x.start_at_ms")},
      'until', x.until, 'needs', x.needs, 'approval', x.approval)
    from ${recordset(rows, JOB_COLUMNS)}
    where j.key = x.key and j.phase = 'running'`);
}

/** A job as the ledger has it. */
export function jobRow({ job, wanted, moot, phase }: JobOnFile): JobRow {
  const { key, policy, ref, intent, handler, startAtMs, until, needs, approval } = job;
  return {
    key,
    policy,
    kind: ref.kind,
    entity: ref.id,
    intent,
    version: job.asOfMs,
    svix_id: job.svixId,
    handler,
    payload: cleanJson(job.payload),
    start_at_ms: startAtMs,
    until,
    needs,
    approval,
    wanted,
    moot,
    phase,
  };
}

function jobOnFile(row: JobRow): JobOnFile {
  const { key, policy, kind, entity, intent, version, svix_id, handler, payload, until, needs, approval } = row;
  const job: WantedJob = {
    key,
    policy,
    ref: { kind, id: entity },
    intent,
    handler,
    payload,
    startAtMs: row.start_at_ms,
    until,
    needs,
    approval,
    asOfMs: version,
    svixId: svix_id,
  };
  return { job, wanted: row.wanted, moot: row.moot, phase: row.phase };
}
