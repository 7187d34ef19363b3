import { Redacted } from "effect";
import { type Kysely, type RawBuilder, sql } from "kysely";
import { makePostgresKysely } from "../../src/shell/database/postgres_database.ts";
import type { DocketDatabase } from "../../src/shell/database/schema.ts";

/** What is looked for in a filled database: names that the filling gave. */
export const HEAVY_USER = "user_heavy";
export const ENDED_MEMBER = "orgmem_18";
export const HEAVY_JOBS_USER = "user_3";
export const LAST_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 20_000;
const HOUR_MS = 3_600_000;

/**
 * Fills an empty, migrated database with a log of so many events and all that follows from them, in one shot of SQL:
 * most of them plain, some of each rare outcome and type, and these mostly long ago, where a list that looks at all
 * that is newer would have to go. A tenth of the log is one user's.
 */
export async function fillViews(url: string, events: number): Promise<void> {
  // The service's own connections wait for no statement as long as these take.
  const { db, close } = makePostgresKysely(Redacted.make(url), {
    limits: { statementTimeoutMs: HOUR_MS, silenceLimitMs: HOUR_MS },
  });
  await fill(db, events);
  await close();
}

async function fill(db: Kysely<DocketDatabase>, events: number): Promise<void> {
  const at = sql.raw(`(${LAST_MS}::bigint - (${events}::bigint - n) * ${STEP_MS})`);
  await run(db, drawn(events, at));
  await run(
    db,
    sql`insert into docket.message (svix_id, entity_kind, entity_id, body_hash, outcome)
      select svix_id, kind, id, md5(svix_id), outcome from drawn order by n`,
  );
  await run(
    db,
    sql`insert into docket.log (entity_kind, entity_id, svix_id, type, instance_id, source, as_of_ms, rank, timestamp_ms,
        received_at, filed_at, fault, told, is_deletion, not_applied, payload)
      select kind, id, svix_id, type, 'ins_1', 'webhook', case when kind <> '' then at_ms end, 1, at_ms + 40,
        ${sql.raw(instant("at_ms + 400"))}, ${sql.raw(instant("at_ms + 410"))},
        case when outcome = 'quarantined' then 'data.user_id: expected an id' end,
        outcome in ('applied', 'stale'), type like '%.deleted' and outcome = 'applied',
        nullif(outcome, 'applied'), case when outcome = 'quarantined' then '{"type":"' || type || '","data":{"id":"sess_bad_' || n || '"}}'
          else '{"type":"' || type || '","timestamp":' || at_ms + 40 || ',"data":{"id":"' || id || '","updated_at":' || at_ms
            || ',"user_id":"user_1","organization":{"id":"org_1"},"note":"' || repeat(md5(svix_id), 20) || '"}}' end
      from drawn order by n`,
  );
  for (const kind of ["user", "session", "organization", "organization_membership"]) await fillRows(db, kind);
  await fillJobs(db, Math.floor(events / 2));
  await run(db, sql`drop table drawn`);
  await sql`vacuum analyze`.execute(db);
}

/** The events, as few words. Ids repeat so that most entities have some messages. */
function drawn(events: number, at: RawBuilder<unknown>): RawBuilder<unknown> {
  const early = Math.floor(events / 20);
  return sql`
    create unlogged table drawn as
    select n, 'msg_' || lpad(n::text, 9, '0') as svix_id, ${at} as at_ms, type,
      case when outcome in ('ignored', 'quarantined') then '' when type like 'user.%' then 'user' when type like 'session.%' then 'session'
        when type like 'organization.%' then 'organization' when type like 'organizationMem%' then 'organization_membership'
        else '' end as kind,
      case when outcome in ('ignored', 'quarantined') then '' when n % 10 = 3 then ${HEAVY_USER}
        when type like 'user.%' then 'user_' || n % ${Math.ceil(events / 12)}
        when type like 'session.%' then 'sess_' || n % ${Math.ceil(events / 4)}
        when type like 'organization.%' then 'org_' || n % 1000
        when type like 'organizationMem%' then 'orgmem_' || n % ${Math.ceil(events / 25)}
        else '' end as id, outcome
    from (
      select n,
        case when n < ${early} and n % 1000 = 7 then 'quarantined' when n < ${early} and n % 2000 = 9 then 'foreign'
          when n < ${early} and n % 50 = 11 then 'stale' when n % 1000 = 13 then 'stale'
          when n % 100 = 17 then 'ignored' else 'applied' end as outcome,
        case when n % 10 = 3 then 'user.updated' when n < ${early} and n % 5000 = 21 then 'organization.deleted'
          when n % 100 = 17 then 'telemetry.sent'
          when n < ${early} and n % 9000 = 22 then 'organization.created' when n % 100 = 23 then 'organization.updated'
          when n % 20 < 6 then 'session.created' when n % 20 < 10 then 'session.ended'
          when n % 20 < 12 then 'user.created' when n % 20 < 18 then 'user.updated'
          else 'organizationMembership.updated' end as type
      from generate_series(1, ${events}::integer) n
    ) drawn`;
}

/** A head and a row for each entity that the log names. */
async function fillRows(db: Kysely<DocketDatabase>, kind: string): Promise<void> {
  await run(
    db,
    sql`insert into docket.head (kind, id, as_of_ms, rank, timestamp_ms, svix_id)
      select distinct on (id) kind, id, at_ms, 1, at_ms + 40, svix_id from drawn
      where kind = ${kind} and id <> '' order by id, n desc`,
  );
  await run(
    db,
    sql`insert into ${sql.table(`clerk.${kind}s`)} (id, instance_id, data, created_at, updated_at, version_ms)
      select h.id, 'ins_1', jsonb_build_object('id', h.id, 'note', repeat(md5(h.id), 30)),
        ${sql.raw(instant("h.as_of_ms - 1000"))}, ${sql.raw(instant("h.as_of_ms"))}, h.as_of_ms
      from docket.head h where h.kind = ${kind}`,
  );
}

/** Jobs in every state with their attempts, and lines of the change log; and what people did. */
async function fillJobs(db: Kysely<DocketDatabase>, jobs: number): Promise<void> {
  const early = Math.floor(jobs / 20);
  await run(
    db,
    sql`insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until,
        approval, wanted, moot, phase, run, lease_until, attempts, planned_at, updated_at)
      select 'audit/user/user_' || n, case when n < ${early} and n % 1000 = 5 then 'rare' else 'policy_' || n % 6 end,
        'user', case when n % 20 = 1 then ${HEAVY_JOBS_USER} else 'user_' || n end, n || '/user.updated', n, 'msg_' || n,
        case when n < ${early} and n % 1000 = 6 then 'rare' else 'handler_' || n % 3 end,
        jsonb_build_object('note', repeat(md5(n::text), 8)), ${sql.raw(instant(`${LAST_MS} + n * 10`))}, '"never"',
        n < ${early} and n % 500 = 7, not (n < ${early} and n % 500 = 8), n < ${early} and n % 500 = 9,
        case when n < ${early} and n % 500 in (7, 8, 9) then 'pending' when n < ${early} and n % 500 = 10 then 'dead'
          when n > ${jobs - 5} then 'running' when n % 50 = 4 then 'pending' else 'done' end,
        case when n > ${jobs - 5} then gen_random_uuid() end, case when n > ${jobs - 5} then now() end, 1,
        ${sql.raw(instant(`${LAST_MS} - (${jobs}::bigint - n) * 40000`))},
        ${sql.raw(instant(`${LAST_MS} - (${jobs}::bigint - n) * 40000`))}
      from generate_series(1, ${jobs}::integer) n`,
  );
  await run(
    db,
    sql`insert into docket.attempt (key, number, run, started_at, ended_at, outcome)
      select key, 1, gen_random_uuid(), updated_at, updated_at, 'done' from docket.job where phase <> 'pending'`,
  );
  await run(
    db,
    sql`insert into clerk.changes (entity_kind, entity_id, intent, path, before, after, event, source, version_ms, svix_id,
        changed_at)
      select kind, id, at_ms || '/' || type, 'note', '1', '2', type, 'webhook', at_ms, svix_id, ${sql.raw(instant("at_ms"))}
      from drawn where outcome = 'applied' and id <> ''`,
  );
  await run(
    db,
    sql`insert into docket.policy_stop (policy, stopped_at, reason) values ('rare', now(), 'over 50 jobs within 60 s')`,
  );
  await run(
    db,
    sql`insert into docket.audit (action, subject, actor)
      select 'retry', 'audit/user/user_' || n, 'api' from generate_series(1, 100000) n`,
  );
}

function instant(ms: string): string {
  return `('epoch'::timestamptz + (${ms}) * interval '1 millisecond')`;
}

async function run(db: Kysely<DocketDatabase>, statement: RawBuilder<unknown>): Promise<void> {
  await statement.execute(db);
}
