import { type Kysely, sql } from "kysely";

/** Jobs that a person has run again although they were done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table docket.job add column again integer not null default 0 check (again >= 0)`.execute(db);
  await sql`comment on column docket.job.again is
    'how often a person had it run again after it was done: receivers get a key of its own for each'`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table docket.job drop column again`.execute(db);
}
