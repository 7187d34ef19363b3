import { type Kysely, sql } from "kysely";

/** Side effects as data: the job ledger, the change log, and the faults of policies. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // `wanted` and `moot` are functions of the messages, `phase` is history; `state` says both in one word.
  await sql`
    create table docket.job (
      key text collate "C" primary key,
      policy text collate "C" not null,
      kind text collate "C" not null,
      entity text collate "C" not null,
      intent text collate "C" not null,
      version bigint not null,
      svix_id text collate "C" not null,
      handler text not null,
      payload jsonb not null,
      start_at timestamptz not null,
      until jsonb not null,
      needs jsonb not null default '[]',
      approval boolean not null default false,
      wanted boolean not null default true,
      moot boolean not null default false,
      level boolean not null default false,
      armed integer not null default 1,
      phase text not null default 'pending' check (phase in ('pending', 'running', 'done', 'dead', 'cancelled')),
      state text not null generated always as (
        case
          when phase = 'pending' and not wanted then 'withdrawn'
          when phase = 'pending' and moot then 'cancelled'
          when phase = 'pending' then 'planned'
          when phase = 'done' and not wanted then 'regretted'
          else phase
        end) stored,
      attempts integer not null default 0 check (attempts >= 0),
      last_error text,
      planned_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index job_by_entity on docket.job (kind, entity, intent)`.execute(db);
  await sql`create index job_by_start on docket.job (start_at) where phase = 'pending' and wanted`.execute(db);

  // A policy that threw, or returned what is no list of jobs, for one edge. Gone when it plans the edge well.
  await sql`
    create table docket.plan_fault (
      policy text collate "C" not null,
      kind text collate "C" not null,
      entity text collate "C" not null,
      intent text collate "C" not null,
      fault text not null,
      noted_at timestamptz not null default now(),
      primary key (policy, kind, entity, intent)
    )`.execute(db);

  // Who changed what, field by field. One edge of a chain has all its lines, or none.
  await sql`
    create table clerk.changes (
      entity_kind text collate "C" not null,
      entity_id text collate "C" not null,
      intent text collate "C" not null,
      path text collate "C" not null,
      before jsonb,
      after jsonb,
      event text not null,
      source text not null,
      version_ms bigint not null,
      svix_id text collate "C" not null,
      changed_at timestamptz not null,
      primary key (entity_kind, entity_id, intent, path)
    )`.execute(db);
  await sql`create index changes_by_time on clerk.changes (changed_at desc)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table clerk.changes`.execute(db);
  await sql`drop table docket.plan_fault`.execute(db);
  await sql`drop table docket.job`.execute(db);
}
