import { Context } from "effect";
import { type Kysely, sql } from "kysely";
import type { EntityRef, Json, Kind } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { EndedAttempt } from "../signals/ended_attempt.ts";
import { leaveChores } from "../store/chores.ts";
import { msOf, recordset, type Tx } from "../store/sql.ts";
import type { TracedJob } from "../telemetry/attempt_trace.ts";
import { CurrentTracing } from "../telemetry/tracing.ts";
import { functionOf } from "./call_function.ts";
import { TAKEABLE } from "./conditions.ts";
import type { Now } from "./now.ts";
import type { PolicyLimit } from "./policy_limits.ts";
import { SQL_HANDLER } from "./resolve_handlers.ts";

export interface FreshSqlOptions {
  readonly most: number;
  /** Policies that must be counted between the claim of a job and its run: their jobs are left alone. */
  readonly limits: readonly PolicyLimit[];
  readonly now: Now;
  /** Of the service: what spans are made with is among them. */
  readonly services: Context.Context<never> | undefined;
  /** Called after the commit. Must not throw. */
  readonly onEnded?: ((attempts: readonly EndedAttempt[]) => void) | undefined;
}

/** The rows of the jobs are locked while the functions run, and who receives messages may wait for one of them. */
const CALLS_MS_MAX = 500;

/**
 * Takes due jobs that never began and need nothing, calls their functions, and writes down that they are done, all in
 * one transaction: a third of the writes of a claim, a run and a settling apart. If any of it fails, none of it
 * was, and the jobs are to be claimed like all others.
 *
 * @returns How many jobs it did. Rejects if the database or a function failed, or took over half a second.
 */
export async function runFreshSqlJobs(db: Kysely<DocketDatabase>, options: FreshSqlOptions): Promise<number> {
  const tracing = options.services === undefined ? null : Context.get(options.services, CurrentTracing);
  const { traces, done } = await db.transaction().execute(async (tx) => {
    const jobs = await lockFresh(tx, options);
    if (jobs.length === 0) return NOTHING;
    const traces = jobs.map((job) => tracing?.attempt(tracedOf(job)) ?? null);
    for (const [name, together] of Map.groupBy(jobs, (job) => functionOf({ function: job.function }))) {
      if (name === null) throw new Error("a payload names no function");
      await callOnFile(tx, name, together);
    }
    const done = await writeDone(tx, jobs, options.now);
    await leaveChores(tx, "seal", done.flatMap(buriedOf));
    return { traces, done };
  });
  for (const trace of traces) trace?.end({ _tag: "Done" });
  if (done.length > 0) options.onEnded?.(done.map(attemptOf));
  return done.length;
}

const NOTHING = { traces: [], done: [] } as const;

interface DoneJob {
  readonly policy: string;
  readonly waited_ms: number | null;
  /** Of its entity, if that is deleted; else null. */
  readonly kind: Kind | null;
  readonly id: string | null;
}

function buriedOf({ kind, id }: DoneJob): readonly EntityRef[] {
  return kind === null || id === null ? [] : [{ kind, id }];
}

function attemptOf({ policy, waited_ms }: DoneJob): EndedAttempt {
  return { policy, handler: SQL_HANDLER, outcome: "done", lagMs: waited_ms };
}

interface FreshJob {
  readonly key: string;
  readonly function: Json;
  readonly policy: string;
  readonly kind: Kind;
  readonly entity: string;
  readonly svix_id: string;
}

function tracedOf({ key, policy, kind, entity, svix_id: svixId }: FreshJob): TracedJob {
  return { key, policy, handler: SQL_HANDLER, attempt: 1, ref: { kind, id: entity }, svixId };
}

async function lockFresh(tx: Tx, { most, limits, now }: FreshSqlOptions): Promise<readonly FreshJob[]> {
  const counted = limits.map(({ policy }) => ({ policy }));
  const { rows } = await sql<FreshJob & { readonly timeout: string }>`
    with moment as materialized (
      select ${now()} as now, set_config('statement_timeout', ${String(CALLS_MS_MAX)}, true) as timeout)
    select j.key, j.payload -> 'function' as function, m.timeout,
      j.policy, j.kind, j.entity, j.svix_id
    from docket.job j, moment m
    where j.handler = ${SQL_HANDLER} and j.due_at <= m.now and ${TAKEABLE}
      and j.attempts = 0 and j.needs = '[]' and j.kind <> 'message'
      and j.policy not in (select s.policy from docket.policy_stop s where s.stopped_at is not null)
      and j.policy not in (select x.policy from ${recordset(counted, "policy text")})
    order by j.due_at, j.version, j.key
    limit ${most}
    for update of j skip locked`.execute(tx);
  return rows;
}

/** The payloads stay where they are: in the locked rows. */
async function callOnFile(tx: Tx, name: string, jobs: readonly FreshJob[]): Promise<void> {
  const keys = jobs.map(({ key }, place) => ({ place, key }));
  await sql`
    select ${sql.raw(name)}(j.payload - 'function', j.key)
    from ${recordset(keys, "place integer, key text")} join docket.job j on j.key = x.key
    order by x.place`.execute(tx);
}

/** Those of the jobs' entities that are deleted may be sealed now. */
async function writeDone(tx: Tx, jobs: readonly FreshJob[], now: Now): Promise<readonly DoneJob[]> {
  const { rows } = await sql<DoneJob>`
    with moment as materialized (select ${now()} as now), done as (
      update docket.job j set phase = 'done', attempts = 1, armed_seen = j.armed, waiting = null, needed_since = null,
        next_at = null, held_by = null, last_error = null, finished_at = m.now, updated_at = m.now
      from ${recordset(
        jobs.map(({ key }) => ({ key })),
        "key text",
      )}, moment m
      where j.key = x.key
      returning j.key, j.kind, j.entity, j.policy, case when not j.level and j.again = 0
        then ${msOf("(m.now - greatest(j.planned_at, j.start_at, j.approved_at))")} end as waited_ms
    ), tried as (
      insert into docket.attempt (key, number, run, started_at, ended_at, outcome)
      select d.key, 1, ${Bun.randomUUIDv7()}::uuid, m.now, m.now, 'done' from done d, moment m
    )
    select d.policy, d.waited_ms, h.kind, h.id
    from done d left join docket.head h on h.kind = d.kind and h.id = d.entity and h.deleted_at_ms is not null`.execute(
    tx,
  );
  return rows;
}
