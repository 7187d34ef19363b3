import type { Effect } from "effect";
import { type RawBuilder, sql } from "kysely";
import type { EntityRef, JobState, Kind } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import { HELD } from "../work/conditions.ts";
import type { JobsQuery } from "./jobs_query.ts";
import { type Page, pageClause, pageOf } from "./page.ts";
import { type ReadError, reading } from "./read_error.ts";

/** Why a planned job has not started: who or what it waits for. Null: it is due, or not planned. */
export type WaitsFor = "approval" | "stopped" | "time" | "retry" | "needs" | "breaker" | null;

/** A job of the ledger, as the API shows it. */
export interface JobItem {
  readonly key: string;
  readonly state: JobState;
  readonly waitsFor: WaitsFor;
  readonly policy: string;
  readonly entityKind: Kind;
  readonly entityId: string;
  readonly intent: string;
  readonly handler: string;
  /** Of the version that wants it. */
  readonly asOfMs: number;
  readonly svixId: string;
  readonly level: boolean;
  readonly approval: boolean;
  readonly approvedAt: Date | null;
  readonly attempts: number;
  /** Those of before a person last let it go: they no longer count. */
  readonly attemptsSpent: number;
  readonly lastError: string | null;
  /** When its policy wants it to start. */
  readonly startAt: Date;
  /** When it may start, after what went wrong. */
  readonly dueAt: Date;
  readonly plannedAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

/** One page of the jobs, the last updated first. One that changes meanwhile moves to the front. */
export function listJobs(query: JobsQuery): Effect.Effect<Page<JobItem>, ReadError, Database> {
  return reading(async (db) => {
    const { rows } = await sql<JobItem & { readonly place: number }>`
      select ${JOB_ITEM}, (extract(epoch from j.updated_at) * 1000000)::bigint as place
      from ${jobsOf(query)} j order by j.updated_at desc, j.key desc limit ${query.limit + 1}`.execute(db);
    return pageOf(rows, query.limit, {
      placeOf: ({ place, key }) => ({ atMs: Math.floor(place / 1000), micros: place % 1000, id: key }),
      itemOf: ({ place: _, ...item }) => item,
    });
  });
}

/** The jobs of one page. Those of stopped policies are looked for by each, since most planned jobs are of others. */
function jobsOf(query: JobsQuery): RawBuilder<unknown> {
  const page = pageClause(query, ORDER);
  if (query.state !== "stopped") return sql`(select * from docket.job j where ${filter(query)} ${page})`;
  return sql`(
    select j.* from docket.policy_stop s cross join lateral (
      select * from docket.job j where j.policy = s.policy and ${filter(query)} ${page}
    ) j where s.stopped_at is not null)`;
}

const ORDER = { time: "j.updated_at", id: "j.key" };

const WAITS_FOR = sql`case
    when j.state <> 'planned' then null
    when j.approval and j.approved_at is null then 'approval'
    when ${isStopped()} then 'stopped'
    when j.due_at > now() then coalesce(j.waiting, 'time')
    when exists (select from docket.breaker b where b.target = j.handler and b.opened_at is not null) then 'breaker'
  end`;

/** The columns of a {@link JobItem}, of a job `j`. */
export const JOB_ITEM = sql`j.key, j.state, ${WAITS_FOR} as "waitsFor", j.policy, j.kind as "entityKind",
  j.entity as "entityId", j.intent, j.handler, j.version as "asOfMs", j.svix_id as "svixId", j.level, j.approval,
  j.approved_at as "approvedAt", j.attempts, j.attempts_spent as "attemptsSpent", j.last_error as "lastError",
  j.start_at as "startAt", j.due_at as "dueAt", j.planned_at as "plannedAt", j.updated_at as "updatedAt",
  j.finished_at as "finishedAt"`;

function isStopped(): RawBuilder<boolean> {
  return sql`exists (select from docket.policy_stop s where s.policy = j.policy and s.stopped_at is not null)`;
}

function filter({ state, policy, handler, entity }: JobsQuery): RawBuilder<unknown> {
  const conditions = [
    ...(state === undefined ? [] : [stateIs(state)]),
    ...(policy === undefined ? [] : [sql`j.policy = ${policy}`]),
    ...(handler === undefined ? [] : [sql`j.handler = ${handler}`]),
    ...(entity === undefined ? [] : [entityIs(entity)]),
  ];
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/** All kinds are named where none is asked for: the index begins with the kind. */
function entityIs({ kinds, id }: { readonly kinds: readonly EntityRef["kind"][]; readonly id: string }) {
  return sql`j.kind in (${sql.join(kinds)}) and j.entity = ${id}`;
}

/** Said as the ledger's partial indexes say it, and in words of the statement rather than of a parameter. */
function stateIs(state: NonNullable<JobsQuery["state"]>): RawBuilder<unknown> {
  switch (state) {
    case "running":
      return sql`j.phase = 'running'`;
    case "held":
      return HELD;
    case "stopped":
      return sql`j.state = 'planned'`;
    default:
      return sql`j.state = ${sql.lit(state)}`;
  }
}
