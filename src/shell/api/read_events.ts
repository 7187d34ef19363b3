import type { Effect } from "effect";
import { type RawBuilder, sql } from "kysely";
import type { Json, Kind, Outcome } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import { parseJson } from "../decode/parse_json.ts";
import { type Page, pageClause, pageOf } from "./page.ts";
import { type EventsFilter, type EventsQuery, isName } from "./query.ts";
import { type ReadError, reading } from "./read_error.ts";

/** A message of the log, as the API shows it: named as the columns of `docket.event`. */
export interface EventItem {
  readonly svixId: string;
  readonly type: string | null;
  readonly instanceId: string | null;
  /** Null when the message names no entity that has a table. */
  readonly entityKind: Kind | null;
  readonly entityId: string | null;
  readonly asOfMs: number | null;
  readonly timestampMs: number | null;
  readonly source: "webhook" | "api";
  readonly receivedAt: Date;
  readonly filedAt: Date;
  readonly outcome: Outcome;
  /** Why it was quarantined; null otherwise. */
  readonly fault: string | null;
  readonly deliveries: number;
  /** Deliveries under the same id with another body. */
  readonly differing: number;
  readonly erased: boolean;
}

export interface EventDetail extends EventItem {
  /** The body as JSON; as text where it is not JSON. Null: there is none any more, since it was dropped with age. */
  readonly payload: Json;
}

/** One page of the log, newest receipt first. */
export function listEvents(query: EventsQuery): Effect.Effect<Page<EventItem>, ReadError, Database> {
  return reading(async (db) => {
    const { rows } = await sql<EventItem>`
      select ${EVENT_COLUMNS} from ${linesOf(query)} l join docket.message m on m.svix_id = l.svix_id
      order by l.received_at desc, l.svix_id desc limit ${query.limit + 1}`.execute(db);
    return pageOf(rows, query.limit, {
      placeOf: ({ receivedAt, svixId }) => ({ atMs: receivedAt.getTime(), id: svixId }),
      itemOf: (row) => row,
    });
  });
}

/** One message with its payload. Null: there is none of this id. */
export function findEvent(svixId: string): Effect.Effect<EventDetail | null, ReadError, Database> {
  return reading(async (db) => {
    if (!isName(svixId)) return null;
    const { rows } = await sql<EventItem & { readonly payload: string }>`
      select ${EVENT_COLUMNS}, l.payload
      from docket.message m join docket.log l using (entity_kind, entity_id, svix_id) where m.svix_id = ${svixId}`.execute(
      db,
    );
    return rows.map((row) => ({ ...row, payload: shownOf(row.payload) }))[0] ?? null;
  });
}

function shownOf(payload: string): Json {
  return payload === "" ? null : (parseJson(payload) ?? payload);
}

// Not the view `docket.event`: no index serves its columns of the entity, which are expressions. And its join by the
// whole key makes PostgreSQL expect so few rows that a list reads all the log instead of following its index.
const ORDER = { time: "l.received_at", id: "l.svix_id" };
/** The columns of an {@link EventItem}, of a line of the log `l` and its ledger entry `m`. */
export const EVENT_COLUMNS = sql`m.svix_id as "svixId", l.type, l.instance_id as "instanceId",
  nullif(l.entity_kind, '') as "entityKind", nullif(l.entity_id, '') as "entityId", l.as_of_ms as "asOfMs",
  l.timestamp_ms as "timestampMs", l.source, l.received_at as "receivedAt", l.filed_at as "filedAt", m.outcome, l.fault,
  m.deliveries, m.differing, l.erased`;

/** The lines of one page. Those of an entity are looked for by each kind, since the index begins with the kind. */
function linesOf(query: EventsQuery): RawBuilder<unknown> {
  const { entity } = query;
  const page = pageClause(query, ORDER);
  if (entity === undefined) return sql`(select * from docket.log l where ${eventsFilter(query)} ${page})`;
  return sql`(
    select l.* from unnest(array[${sql.join(entity.kinds)}]::text[]) as k(kind) cross join lateral (
      select * from docket.log l
      where l.entity_kind = k.kind and l.entity_id = ${entity.id} and ${eventsFilter({ ...query, entity: undefined })}
      ${page}
    ) l)`;
}

/** The conditions of a query, of a line `l` of the log: said as its indexes say them. */
export function eventsFilter({ type, entity, outcome }: EventsFilter): RawBuilder<unknown> {
  const conditions = [
    ...(type === undefined ? [] : [sql`l.type collate "C" = ${type}`]),
    ...(outcome === undefined
      ? []
      : [outcome === "applied" ? sql`l.not_applied is null` : sql`l.not_applied = ${outcome}`]),
    // All kinds are named where none is asked for: the log's key begins with the kind.
    ...(entity === undefined ? [] : [sql`l.entity_kind in (${sql.join(entity.kinds)}) and l.entity_id = ${entity.id}`]),
  ];
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}
