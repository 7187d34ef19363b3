import { type Kysely, sql } from "kysely";

/** What was counted over time, for plots: written by each process for itself, every ten seconds, beside all else. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // A row belongs to one process and one span of time, so nobody waits for anybody. Old rows are folded into longer ones.
  await sql`
    create table docket.pulse (
      at timestamptz not null,
      process uuid not null,
      seconds integer not null check (seconds > 0),
      received bigint not null default 0,
      applied bigint not null default 0,
      stale bigint not null default 0,
      duplicate bigint not null default 0,
      ignored bigint not null default 0,
      "foreign" bigint not null default 0,
      quarantined bigint not null default 0,
      effects_done bigint not null default 0,
      effects_failed bigint not null default 0,
      happened_to_received bigint[],
      received_to_applied bigint[],
      applied_to_effect bigint[],
      late bigint[],
      primary key (at, process)
    )`.execute(db);
  await sql`comment on column docket.pulse.late is
    'how far out of order messages came; this and the lags are counts by bucket, null where there was nothing to count'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table docket.pulse`.execute(db);
}
