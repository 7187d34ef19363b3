import { type Kysely, sql } from "kysely";

/** When the periodic reconcile is due, and who is at it: one row, so that one process at a time is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table docket.reconcile (
      one boolean primary key default true check (one),
      due_at timestamptz not null,
      run uuid,
      leased_until timestamptz,
      full_at timestamptz,
      looked_at timestamptz,
      check ((run is null) = (leased_until is null))
    )`.execute(db);
  await sql`comment on column docket.reconcile.full_at is 'when the last run over everything that ended well began'`.execute(
    db,
  );
  await sql`comment on column docket.reconcile.looked_at is 'when the last run that ended well began'`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table docket.reconcile`.execute(db);
}
