import { type Kysely, sql } from "kysely";

/** How far `docket backfill` is: one line for each kind, so that a run that was killed goes on where it was. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table docket.backfill (
      kind text collate "C" primary key,
      instance_id text not null,
      run uuid not null,
      position text,
      pages integer not null default 0,
      entities bigint not null default 0,
      done bigint not null default 0,
      total bigint,
      answers jsonb not null default '{}',
      started_at timestamptz not null,
      moved_at timestamptz not null,
      finished_at timestamptz
    )`.execute(db);
  await sql`comment on column docket.backfill.run is 'the process that walks: who comes later takes it over'`.execute(
    db,
  );
  await sql`comment on column docket.backfill.position is 'where the next page begins; null: at the beginning'`.execute(
    db,
  );
  await sql`comment on column docket.backfill.done is 'of total: entities, or parents where each has a list'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table docket.backfill`.execute(db);
}
