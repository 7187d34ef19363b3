import { type Kysely, sql } from "kysely";

/**
 * What looking takes: indexes by which every list of the API is read in its own order, however long the log and however
 * rare what is looked for; and the drift, types and fields of Clerk's that this Docket does not know.
 *
 * An index that every message pays for is kept for what nothing else can answer; what is rare has partial ones. Columns
 * after those of the order are for filtering without a look at the rows. Locks the tables against writing while their
 * indexes are built.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table docket.log add column not_applied text collate "C"`.execute(db);
  await sql`comment on column docket.log.not_applied is 'its outcome, unless applied: for finding what is rare'`.execute(
    db,
  );
  await sql`
    update docket.log l set not_applied = m.outcome from docket.message m
    where m.outcome <> 'applied' and l.entity_kind = m.entity_kind and l.entity_id = m.entity_id
      and l.svix_id = m.svix_id`.execute(db);
  await sql`create index log_by_type on docket.log ((type collate "C"), received_at desc)`.execute(db);
  await sql`create index log_by_entity on docket.log
    (entity_kind, entity_id, received_at desc, not_applied, (type collate "C"))`.execute(db);
  await sql`create index log_not_applied on docket.log (not_applied, received_at desc, (type collate "C"))
    where not_applied is not null`.execute(db);
  await sql`create index log_set_aside on docket.log (entity_kind, entity_id, as_of_ms)
    where not told and as_of_ms is not null`.execute(db);

  for (const table of TABLES) {
    await sql`create index ${sql.id(`${table}_by_update`)} on ${sql.table(`clerk.${table}`)}
      ((coalesce(updated_at, created_at, deleted_at, 'epoch')) desc, id desc)`.execute(db);
  }

  await sql`drop index docket.job_by_state`.execute(db);
  await sql`create index job_by_state on docket.job (state, updated_at desc, key, policy, handler, entity)
    where state <> 'done'`.execute(db);
  await sql`create index job_held_by_update on docket.job (updated_at desc, key)
    where state = 'planned' and approval and approved_at is null`.execute(db);
  await sql`create index job_by_handler on docket.job (handler, updated_at desc)`.execute(db);
  await sql`create index audit_by_subject on docket.audit (subject, id desc)`.execute(db);

  // Few rows, since their number is limited; written now and then, never for each message.
  await sql`
    create table docket.drift (
      what text not null check (what in ('type', 'field')),
      type text collate "C" not null,
      name text collate "C" not null,
      seen bigint not null,
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      svix_id text collate "C" not null,
      primary key (what, type, name)
    )`.execute(db);
  await sql`comment on column docket.drift.type is 'the event type; of a field, the one that it was seen in'`.execute(
    db,
  );
  await sql`comment on column docket.drift.svix_id is 'the last message that had it'`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table docket.drift`.execute(db);
  for (const index of ["audit_by_subject", "job_by_handler", "job_held_by_update", "job_by_state"]) {
    await sql`drop index docket.${sql.raw(index)}`.execute(db);
  }
  await sql`create index job_by_state on docket.job (state, updated_at desc, key)
    where state in ('dead', 'cancelled', 'withdrawn', 'regretted')`.execute(db);
  for (const table of TABLES) await sql`drop index ${sql.table(`clerk.${table}_by_update`)}`.execute(db);
  for (const index of ["log_set_aside", "log_not_applied", "log_by_entity", "log_by_type"]) {
    await sql`drop index docket.${sql.raw(index)}`.execute(db);
  }
  await sql`alter table docket.log drop column not_applied`.execute(db);
}

const TABLES = [
  "users",
  "organizations",
  "subscriptions",
  "roles",
  "permissions",
  "waitlist_entries",
  "payment_attempts",
  "messages",
  "organization_memberships",
  "organization_invitations",
  "organization_domains",
  "sessions",
  "subscription_items",
];
