import { type RawBuilder, sql } from "kysely";
import { type EntityRef, EVENT_TYPES, type Kind, type Told } from "../../core/mod.ts";
import type { Place } from "../api/place.ts";
import type { PageQuery } from "../api/query.ts";
import { EVENT_COLUMNS, type EventItem } from "../api/read_events.ts";
import { msOf, type Tx } from "../store/sql.ts";
import type { ToldRow } from "../store/told_row.ts";

/** A message of the log with its place in the order of versions. */
export interface VersionRow extends EventItem {
  readonly isTold: boolean;
  readonly isDeletion: boolean;
  readonly placeMs: number;
}

/** Messages that were not understood, newest first, in which an entity's id is looked for. */
const QUARANTINED_SEARCHED_MAX = 200;
/** Live versions of the groups of one page and of those beside it. A bound: a group is a few messages. */
const LINES_MAX = 5_000;

const NEWEST_FIRST = sql.raw("order by at_ms desc, rank desc, timestamp_ms desc, svix_id desc");

/**
 * The messages about an entity, greatest version first: those of its chain, those set aside that name it, and the
 * deletion of another that ended it. One more than asked for. Each is found by an index, however many there are.
 */
export async function readVersions(
  tx: Tx,
  ref: EntityRef,
  { page, endedBy }: { readonly page: PageQuery; readonly endedBy: string | null },
): Promise<readonly VersionRow[]> {
  const isOf = sql`l.entity_kind = ${ref.kind} and l.entity_id = ${ref.id}`;
  const place = page.before === undefined ? undefined : await readPlaceOf(tx, page.before);
  const limit = page.limit + 1;
  const part = (where: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    (select l.entity_kind, l.entity_id, l.svix_id, l.as_of_ms as at_ms, l.rank::integer, l.timestamp_ms
     from docket.log l where ${where} ${olderThan(place)}
     order by l.as_of_ms desc, l.rank desc, l.timestamp_ms desc, l.svix_id desc limit ${limit})`;
  const parts = [
    part(sql`l.told and not l.is_deletion and ${isOf}`),
    part(sql`l.told and l.is_deletion and ${isOf}`),
    part(sql`not l.told and l.as_of_ms is not null and ${isOf}`),
    ...(endedBy === null ? [] : [part(sql`${keyIs(await readKey(tx, endedBy))}`)]),
    unreadable(ref, { place, limit }),
  ];
  const { rows } = await sql<VersionRow>`
    with found as (
      select * from (${sql.join(parts, sql` union all `)}) f ${NEWEST_FIRST} limit ${limit}
    )
    select ${EVENT_COLUMNS}, l.told as "isTold", l.is_deletion as "isDeletion", f.at_ms as "placeMs"
    from found f
    join docket.log l on l.entity_kind = f.entity_kind and l.entity_id = f.entity_id and l.svix_id = f.svix_id
    join docket.message m on m.svix_id = f.svix_id
    order by f.at_ms desc, f.rank desc, f.timestamp_ms desc, f.svix_id desc`.execute(tx);
  return rows;
}

/** The live versions of the groups from one time to another, and of those beside them; and if no newer one is left. */
export async function readGroups(
  tx: Tx,
  { kind, id }: EntityRef,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<{ readonly told: readonly Told[]; readonly isAtEnd: boolean }> {
  const isLive = sql`l.told and not l.is_deletion and l.entity_kind = ${kind} and l.entity_id = ${id}`;
  const { rows } = await sql<Omit<ToldRow, "payload">>`
    select l.svix_id, l.type, l.source, l.as_of_ms, l.rank, l.timestamp_ms, ${msOf("l.received_at")} as received_at_ms
    from docket.log l
    where ${isLive}
      and l.as_of_ms >= coalesce((select max(l.as_of_ms) from docket.log l where ${isLive}
        and l.as_of_ms < ${fromMs}::bigint), ${fromMs}::bigint)
      and l.as_of_ms <= coalesce((select min(l.as_of_ms) from docket.log l where ${isLive}
        and l.as_of_ms > ${toMs}::bigint), ${toMs}::bigint)
    order by l.as_of_ms desc limit ${LINES_MAX}`.execute(tx);
  const told = rows.map(
    ({ svix_id: svixId, type, source, as_of_ms: asOfMs, rank, timestamp_ms: timestampMs, received_at_ms }): Told => ({
      version: { asOfMs, rank, timestampMs, svixId },
      type,
      source,
      receivedAtMs: received_at_ms,
      change: "live",
      body: null,
    }),
  );
  return { told, isAtEnd: !told.some(({ version }) => version.asOfMs > toMs) };
}

/** A whole version to compare with; of one that is not on file, before all of its instant. */
interface WholePlace {
  readonly atMs: number;
  readonly rank: number;
  readonly timestampMs: number;
  readonly id: string;
}

async function readPlaceOf(tx: Tx, { atMs, id }: Place): Promise<WholePlace> {
  const { rows } = await sql<{ rank: number; timestamp_ms: number }>`
    select coalesce(l.rank, 1)::integer as rank, coalesce(l.timestamp_ms, ${atMs}::bigint) as timestamp_ms
    from docket.message m join docket.log l using (entity_kind, entity_id, svix_id)
    where m.svix_id = ${id}`.execute(tx);
  return { atMs, rank: rows[0]?.rank ?? BEFORE_ALL, timestampMs: rows[0]?.timestamp_ms ?? 0, id };
}

const BEFORE_ALL = -2;

function olderThan(place: WholePlace | undefined): RawBuilder<unknown> {
  if (place === undefined) return sql``;
  const { atMs, rank, timestampMs, id } = place;
  // The first half says nothing new, but an index on the time alone serves it.
  return sql`and l.as_of_ms <= ${atMs}::bigint and (l.as_of_ms, l.rank, l.timestamp_ms, l.svix_id)
    < (${atMs}::bigint, ${rank}::integer, ${timestampMs}::bigint, ${id}::text)`;
}

interface Key {
  readonly kind: string;
  readonly id: string;
  readonly svixId: string;
}

async function readKey(tx: Tx, svixId: string): Promise<Key> {
  const { rows } = await sql<Omit<Key, "svixId">>`
    select entity_kind as kind, entity_id as id from docket.message where svix_id = ${svixId}`.execute(tx);
  return { kind: rows[0]?.kind ?? "", id: rows[0]?.id ?? "", svixId };
}

function keyIs({ kind, id, svixId }: Key): RawBuilder<unknown> {
  return sql`l.entity_kind = ${kind} and l.entity_id = ${id} and l.svix_id = ${svixId}`;
}

/** What was not understood names no entity that could be looked up: it is found by the id in its text. */
function unreadable(
  { kind, id }: EntityRef,
  { place, limit }: { readonly place: WholePlace | undefined; readonly limit: number },
): RawBuilder<unknown> {
  const named = `"id"\\s*:\\s*"${id.replaceAll(/[^A-Za-z0-9_-]/g, (letter) => `\\${letter}`)}"`;
  const older =
    place === undefined
      ? sql``
      : sql`and (q.at_ms, q.rank, q.timestamp_ms, q.svix_id)
          < (${place.atMs}::bigint, ${place.rank}::integer, ${place.timestampMs}::bigint, ${place.id}::text)`;
  return sql`
    (select q.entity_kind, q.entity_id, q.svix_id, q.at_ms, q.rank, q.timestamp_ms from (
       select l.entity_kind, l.entity_id, l.svix_id, l.type, l.payload, 1 as rank,
         coalesce(l.timestamp_ms, ${msOf("l.received_at")}) as at_ms,
         coalesce(l.timestamp_ms, ${msOf("l.received_at")}) as timestamp_ms
       from docket.log l where l.not_applied = 'quarantined'
       order by l.received_at desc limit ${QUARANTINED_SEARCHED_MAX}) q
     where (q.type is null or q.type in (${sql.join(typesOf(kind))})) and q.payload ~ ${named} ${older}
     order by q.at_ms desc, q.rank desc, q.timestamp_ms desc, q.svix_id desc limit ${limit})`;
}

function typesOf(kind: Kind): readonly string[] {
  return Object.entries(EVENT_TYPES).flatMap(([type, info]) => (info.kind === kind ? [type] : []));
}
