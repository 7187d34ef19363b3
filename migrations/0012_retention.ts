import { type Kysely, sql } from "kysely";

/**
 * Retention leaves a chore for an entity whose job still waits: its old payloads are looked at again later.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table docket.chore drop constraint chore_task_check`.execute(db);
  await sql`alter table docket.chore add constraint chore_task_check
    check (task in ('cascade', 'erase', 'seal', 'retain'))`.execute(db);
  await sql`comment on column docket.log.payload is
    'the body as text, without one-time codes; empty once it was dropped with age'`.execute(db);
}

/** What waited keeps its payloads. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`comment on column docket.log.payload is null`.execute(db);
  await sql`delete from docket.chore where task = 'retain'`.execute(db);
  await sql`alter table docket.chore drop constraint chore_task_check`.execute(db);
  await sql`alter table docket.chore add constraint chore_task_check
    check (task in ('cascade', 'erase', 'seal'))`.execute(db);
}
