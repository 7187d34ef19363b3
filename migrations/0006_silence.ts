import { type Kysely, sql } from "kysely";

/** The silence watch: what it learned of the source's rhythm, what it found last, and whom it must tell. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // One row: whichever process is due takes the next look.
  await sql`
    create table docket.silence (
      one boolean primary key default true check (one),
      watched_since timestamptz not null,
      listening_since timestamptz not null,
      due_at timestamptz not null,
      checked_at timestamptz,
      learned_to timestamptz,
      silent_since timestamptz,
      findings jsonb not null default '[]',
      pending jsonb not null default '[]',
      clerk_error text,
      check ((silent_since is null) = (findings = '[]'))
    )`.execute(db);
  await sql`comment on column docket.silence.listening_since is 'since when the watch went on without a break'`.execute(
    db,
  );
  await sql`comment on column docket.silence.pending is 'changes at Clerk of which no webhook told yet'`.execute(db);

  // Per event type, and '' for all of them together. Some 50 rows, and 24 a day of each for four weeks.
  await sql`
    create table docket.source_rhythm (
      type text collate "C" primary key,
      first_at timestamptz not null,
      last_at timestamptz not null
    )`.execute(db);
  await sql`
    create table docket.source_hour (
      type text collate "C" not null,
      hour timestamptz not null,
      messages integer not null,
      gap_ms bigint not null,
      primary key (type, hour)
    )`.execute(db);

  // Each time the source fell silent or was heard again, and whether the hook was told.
  await sql`
    create table docket.silence_edge (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      silent boolean not null,
      findings jsonb not null,
      told_at timestamptz,
      attempts integer not null default 0,
      next_at timestamptz not null,
      last_error text
    )`.execute(db);
  await sql`create index silence_edge_untold on docket.silence_edge (id) where told_at is null`.execute(db);

  // There are few of them, and it is these that are counted.
  await sql`create index message_quarantined on docket.message (svix_id) where outcome = 'quarantined'`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index docket.message_quarantined`.execute(db);
  for (const table of ["silence_edge", "source_hour", "source_rhythm", "silence"]) {
    await sql`drop table ${sql.table(`docket.${table}`)}`.execute(db);
  }
}
