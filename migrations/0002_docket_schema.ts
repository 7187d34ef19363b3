import { type Kysely, sql } from "kysely";

/**
 * Docket's own tables. Ids, kinds and svix ids are collated "C", so that Postgres orders them as JavaScript does:
 * the order of versions and the order of locks must be one and the same on both sides.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists docket`.execute(db);

  // What is on file about each entity. Also a placeholder to lock for one that is not known yet.
  await sql`
    create table docket.head (
      kind text collate "C" not null,
      id text collate "C" not null,
      as_of_ms bigint,
      rank smallint,
      timestamp_ms bigint,
      svix_id text collate "C",
      own_tombstone jsonb,
      inherited_tombstone jsonb,
      deleted_at_ms bigint,
      parents jsonb not null default '[]',
      signed_in_at_ms bigint,
      erased boolean not null default false,
      sealed boolean not null default false,
      primary key (kind, id),
      check (num_nulls(as_of_ms, rank, timestamp_ms, svix_id) in (0, 4)),
      check ((deleted_at_ms is null) = (own_tombstone is null and inherited_tombstone is null)),
      check (not erased or deleted_at_ms is not null),
      check (not sealed or erased)
    )`.execute(db);

  // Children by parent: whom a parent's deletion ends. Links are never removed.
  await sql`
    create table docket.link (
      parent_kind text collate "C" not null,
      parent_id text collate "C" not null,
      child_kind text collate "C" not null,
      child_id text collate "C" not null,
      primary key (parent_kind, parent_id, child_kind, child_id)
    )`.execute(db);

  // The de-duplication ledger: small, unpartitioned, kept for ever. The primary key is what makes a message one.
  await sql`
    create table docket.message (
      svix_id text collate "C" primary key,
      entity_kind text collate "C" not null default '',
      entity_id text collate "C" not null default '',
      body_hash text not null,
      outcome text not null check (outcome in ('applied', 'stale', 'ignored', 'foreign', 'quarantined')),
      deliveries integer not null default 1 check (deliveries > 0),
      differing integer not null default 0
    )`.execute(db);

  // The payloads, by entity, so that all writes of one message are in one shard. '' stands for "names no entity".
  await sql`
    create table docket.log (
      entity_kind text collate "C" not null default '',
      entity_id text collate "C" not null default '',
      svix_id text collate "C" not null,
      type text,
      instance_id text,
      source text not null check (source in ('webhook', 'api')),
      as_of_ms bigint,
      rank smallint,
      timestamp_ms bigint,
      received_at timestamptz not null,
      filed_at timestamptz not null default now(),
      fault text,
      told boolean not null default false,
      is_deletion boolean not null default false,
      erased boolean not null default false,
      payload text not null,
      payload_bytes bytea,
      primary key (entity_kind, entity_id, svix_id)
    )`.execute(db);
  await sql`comment on column docket.log.payload_bytes is
    'the body as it came, where text cannot say it: payload then has U+2400 for NUL, U+FFFD for what is not UTF-8'`.execute(
    db,
  );
  await sql`comment on column docket.log.told is 'true: part of its entity''s chain'`.execute(db);
  await sql`create index log_by_version on docket.log (entity_kind, entity_id, as_of_ms)
    where told and not is_deletion`.execute(db);
  await sql`create index log_deletions on docket.log (entity_kind, entity_id) where told and is_deletion`.execute(db);
  await sql`create index log_by_receipt on docket.log (received_at desc)`.execute(db);

  await sql`
    create view docket.event as
    select m.svix_id, l.type, l.instance_id, nullif(l.entity_kind, '') as entity_kind,
      nullif(l.entity_id, '') as entity_id, l.as_of_ms, l.rank, l.timestamp_ms, l.source, l.received_at, l.filed_at,
      m.outcome, l.fault, m.deliveries, m.differing, l.erased, l.payload
    from docket.message m
    join docket.log l using (entity_kind, entity_id, svix_id)`.execute(db);

  // What the service learned and must not forget, such as the first instance seen.
  await sql`create table docket.setting (key text primary key, value text not null)`.execute(db);

  // Work left over by a transaction that met its page limit: children to bury, payloads to erase.
  await sql`
    create table docket.chore (
      task text not null check (task in ('cascade', 'erase')),
      kind text collate "C" not null,
      id text collate "C" not null,
      child_kind text collate "C" not null default '',
      child_id text collate "C" not null default '',
      primary key (task, kind, id)
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop view docket.event`.execute(db);
  for (const table of ["chore", "setting", "log", "message", "link", "head"]) {
    await sql`drop table ${sql.table(`docket.${table}`)}`.execute(db);
  }
}
