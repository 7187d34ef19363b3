import { type Kysely, sql } from "kysely";
import type { Outcome } from "../../core/mod.ts";
import type { EventsFilter } from "../api/query.ts";
import { EVENT_COLUMNS, type EventItem, eventsFilter } from "../api/read_events.ts";
import { JOB_ITEM, type JobItem } from "../api/read_jobs.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "../store/sql.ts";

/** Looked at in one look, the newest ones. Of what comes faster than this, the rest is passed over. */
export const EVENTS_PER_LOOK = 2_000;
export const JOBS_PER_LOOK = 500;
/** Shown of the jobs that changed between two looks. */
export const JOBS_SHOWN_MAX = 50;

/**
 * What is looked at again: it may have been committed after what is newer, and times of receipt are those of processes,
 * whose clocks differ. One that is far ahead must not hide what the others receive.
 */
const OVERLAP = sql`interval '60 seconds'`;

/** A row that may be new, by what tells it from others. */
export interface Glimpse {
  readonly name: string;
}

/** What of a message can be read without its ledger entry. */
export interface EventGlimpse extends Glimpse {
  /** Of its entity; '' when it names none. */
  readonly kind: string;
  readonly id: string;
  readonly type: string | null;
}

/** The newest messages of the log, newest first. */
export async function glimpseEvents(db: Kysely<DocketDatabase>): Promise<readonly EventGlimpse[]> {
  const { rows } = await sql<EventGlimpse>`
    with newest as (select received_at from docket.log order by received_at desc limit 1)
    select l.svix_id as name, l.entity_kind as kind, l.entity_id as id, l.type from docket.log l
    where l.received_at > least((select received_at from newest), clock_timestamp()) - ${OVERLAP}
    order by l.received_at desc, l.svix_id desc limit ${EVENTS_PER_LOOK}`.execute(db);
  return rows;
}

/** Those messages whole, newest first. */
export async function readEvents(
  db: Kysely<DocketDatabase>,
  glimpses: readonly EventGlimpse[],
): Promise<readonly EventItem[]> {
  if (glimpses.length === 0) return [];
  const { rows } = await sql<EventItem>`
    select ${EVENT_COLUMNS} from ${recordset(glimpses, "kind text, id text, name text")}
    join docket.log l on l.entity_kind = x.kind and l.entity_id = x.id and l.svix_id = x.name
    join docket.message m on m.svix_id = x.name
    order by l.received_at desc, l.svix_id desc`.execute(db);
  return rows;
}

/** How many of these messages had which outcome. */
export async function countOutcomes(
  db: Kysely<DocketDatabase>,
  names: readonly string[],
): Promise<readonly { readonly outcome: Outcome; readonly count: number }[]> {
  if (names.length === 0) return [];
  const given = names.map((name) => ({ name }));
  const { rows } = await sql<{ readonly outcome: Outcome; readonly count: number }>`
    select m.outcome, count(*)::integer as count from ${recordset(given, "name text")}
    join docket.message m on m.svix_id = x.name group by m.outcome`.execute(db);
  return rows;
}

interface JobGlimpse extends Glimpse {
  readonly key: string;
}

/** The jobs that changed last, newest first: one that changes again has another name. */
export async function glimpseJobs(db: Kysely<DocketDatabase>): Promise<readonly JobGlimpse[]> {
  const { rows } = await sql<JobGlimpse>`
    with newest as (select updated_at from docket.job order by updated_at desc limit 1)
    select j.key, j.state || ' ' || (extract(epoch from j.updated_at) * 1000000)::bigint || ' ' || j.key as name
    from docket.job j where j.updated_at > (select updated_at from newest) - ${OVERLAP}
    order by j.updated_at desc, j.key limit ${JOBS_PER_LOOK}`.execute(db);
  return rows;
}

/** Those jobs as lists show them, newest first. */
export async function readJobs(
  db: Kysely<DocketDatabase>,
  glimpses: readonly JobGlimpse[],
): Promise<readonly JobItem[]> {
  if (glimpses.length === 0) return [];
  const { rows } = await sql<JobItem>`
    select ${JOB_ITEM} from ${recordset(glimpses, "key text")} join docket.job j on j.key = x.key
    order by j.updated_at desc, j.key`.execute(db);
  return rows;
}

/** Messages received after this time that pass the filter: the newest, and how many more there are. */
export async function readMissed(
  db: Kysely<DocketDatabase>,
  filter: EventsFilter,
  { sinceMs, most }: { readonly sinceMs: number; readonly most: number },
): Promise<{ readonly items: readonly EventItem[]; readonly skipped: number }> {
  const missed = sql`from docket.log l join docket.message m on m.svix_id = l.svix_id
    where l.received_at > ${new Date(sinceMs).toISOString()}::text::timestamptz and ${eventsFilter(filter)}
    order by l.received_at desc, l.svix_id desc`;
  const { rows } = await sql<EventItem>`select ${EVENT_COLUMNS} ${missed} limit ${most}`.execute(db);
  if (rows.length < most) return { items: rows, skipped: 0 };
  const counted = await sql<{ count: number }>`
    select count(*)::integer as count from (select ${missed} limit ${MISSED_MAX}) c`.execute(db);
  return { items: rows, skipped: (counted.rows[0]?.count ?? most) - most };
}

/** Counted to here. */
const MISSED_MAX = 10_000;
