import { type Kysely, sql } from "kysely";

/**
 * What running jobs needs: the ledger is the queue. A claim takes due jobs of a handler with `for update skip locked`,
 * gives them a run and a lease, and what a run reports counts only while the job still has that run.
 *
 * Adding the generated column rewrites `docket.job`, whose jobs nothing ran before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table docket.job
      add column next_at timestamptz,
      add column due_at timestamptz not null generated always as (greatest(start_at, next_at)) stored,
      add column waiting text check (waiting in ('retry', 'needs', 'breaker')),
      add column run uuid,
      add column lease_until timestamptz,
      add column armed_seen integer,
      add column attempts_spent integer not null default 0,
      add column needed_since timestamptz,
      add column approved_at timestamptz,
      add column finished_at timestamptz,
      add column lane text collate "C",
      add column held_by text collate "C",
      add column renewed jsonb,
      add check ((phase = 'running') = (run is not null and lease_until is not null))`.execute(db);
  await sql`comment on column docket.job.next_at is 'not again before: after a failure, or while it waits'`.execute(db);
  await sql`comment on column docket.job.waiting is 'why it is put off'`.execute(db);
  await sql`comment on column docket.job.attempts_spent is 'attempts before it was last let go: they no longer count'`.execute(
    db,
  );
  await sql`comment on column docket.job.held_by is 'the target whose failure or breaker puts it off'`.execute(db);
  await sql`comment on column docket.job.renewed is 'as it is wanted now, while it runs as it was wanted'`.execute(db);
  await sql`comment on column docket.job.lane is 'jobs of one lane go one at a time'`.execute(db);
  await sql`drop index docket.job_by_start`.execute(db);
  await sql`create index job_due on docket.job (handler, due_at)
    where phase = 'pending' and wanted and not moot and (not approval or approved_at is not null)`.execute(db);
  await sql`create index job_leased on docket.job (lease_until) where phase = 'running'`.execute(db);
  await sql`create unique index job_lane on docket.job (lane) where phase = 'running' and lane is not null`.execute(db);
  await sql`create index job_by_policy on docket.job (policy, start_at)`.execute(db);
  await sql`create index job_by_update on docket.job (updated_at desc, key)`.execute(db);
  // Few jobs come to these, and it is these that people look for.
  await sql`create index job_by_state on docket.job (state, updated_at desc, key)
    where state in ('dead', 'cancelled', 'withdrawn', 'regretted')`.execute(db);

  // One line an attempt, written before it and completed after it. One that stays open was cut off.
  await sql`
    create table docket.attempt (
      key text collate "C" not null,
      id bigint generated always as identity,
      number integer not null check (number > 0),
      run uuid not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      outcome text check (outcome in ('done', 'failed', 'dead', 'lost', 'released')),
      error text,
      primary key (key, id),
      check ((ended_at is null) = (outcome is null))
    ) with (fillfactor = 70)`.execute(db);
  // Each line is completed once, each head moved: with room on its page no index needs to hear of it.
  await sql`alter table docket.head set (fillfactor = 80)`.execute(db);

  // The breaker of each target: open after failures in a row, until a probe goes well.
  await sql`
    create table docket.breaker (
      target text collate "C" primary key,
      handler text not null,
      failures integer not null default 0,
      trips integer not null default 0,
      opened_at timestamptz,
      probe_at timestamptz,
      probing boolean not null default false,
      last_error text,
      updated_at timestamptz not null default now(),
      check ((opened_at is null) = (probe_at is null))
    )`.execute(db);

  // Policies whose jobs came too fast. Stopped until a person resumes them.
  await sql`
    create table docket.policy_stop (
      policy text collate "C" primary key,
      stopped_at timestamptz,
      reason text,
      resumed_at timestamptz,
      check ((stopped_at is null) = (reason is null))
    )`.execute(db);

  // What messages say that Clerk leaves to us: one-time codes, in no log, and here only until they are delivered.
  await sql`
    create table docket.message_content (
      id text collate "C" primary key,
      content jsonb not null,
      kept_until timestamptz not null
    )`.execute(db);

  // What people did: who let what go, and when.
  await sql`
    create table docket.audit (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      action text not null,
      subject text collate "C" not null,
      actor text not null
    )`.execute(db);

  await sql`alter table docket.chore drop constraint chore_task_check`.execute(db);
  await sql`alter table docket.chore add constraint chore_task_check check (task in ('cascade', 'erase', 'seal'))`.execute(
    db,
  );
}

/** Fails while a chore of the new kind waits. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table docket.chore drop constraint chore_task_check`.execute(db);
  await sql`alter table docket.chore add constraint chore_task_check check (task in ('cascade', 'erase'))`.execute(db);
  await sql`alter table docket.head reset (fillfactor)`.execute(db);
  for (const table of ["audit", "message_content", "policy_stop", "breaker", "attempt"]) {
    await sql`drop table ${sql.table(`docket.${table}`)}`.execute(db);
  }
  for (const index of ["job_due", "job_leased", "job_lane", "job_by_policy", "job_by_update", "job_by_state"]) {
    await sql`drop index docket.${sql.raw(index)}`.execute(db);
  }
  await sql`
    alter table docket.job drop column due_at, drop column next_at, drop column waiting, drop column run,
      drop column lease_until, drop column armed_seen, drop column attempts_spent, drop column needed_since,
      drop column approved_at, drop column finished_at, drop column lane, drop column held_by,
      drop column renewed`.execute(db);
  await sql`create index job_by_start on docket.job (start_at) where phase = 'pending' and wanted`.execute(db);
}
