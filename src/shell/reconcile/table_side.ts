import { Effect } from "effect";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import type { ObservableKind } from "../clerk/observation.ts";
import { type DatabaseError, toDatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { msOf, recordset } from "../store/sql.ts";
import { TABLES } from "../tables/mod.ts";
import type { Fields } from "../verify/difference.ts";
import { readOnly } from "../verify/read_only.ts";
import { readRows } from "../verify/table_rows.ts";

type Db = Kysely<DocketDatabase>;

/** The rows of these entities, by id. */
export function rowsOf(
  db: Db,
  kind: ObservableKind,
  ids: readonly string[],
): Effect.Effect<ReadonlyMap<string, Fields>, DatabaseError> {
  return reading(() => readOnly(db, (tx) => readRows(tx, TABLES[kind], ids)));
}

/** The database's clock, by which rows are written. Milliseconds since the Unix epoch. */
export function databaseNowMs(db: Db): Effect.Effect<number, DatabaseError> {
  return reading(async () => {
    const { rows } = await sql<{ ms: number }>`select ${msOf("clock_timestamp()")} as ms`.execute(db);
    return rows[0]?.ms ?? 0;
  });
}

export interface LiveOptions {
  readonly kind: ObservableKind;
  readonly instanceId: string;
  /** Only rows that were written before this moment and are of before it. Milliseconds since the Unix epoch. */
  readonly beforeMs: number;
}

/** Rows that Clerk's list of the kind is bound to have; null if it is bound to none: those of billing say what was, too. */
function listedLive({ kind, instanceId, beforeMs }: LiveOptions): RawBuilder<unknown> | null {
  const live = sql`t.deleted_at is null and t.instance_id = ${instanceId}
    and ${msOf("t.synced_at")} < ${beforeMs}::bigint and t.version_ms < ${beforeMs}::bigint`;
  switch (kind) {
    // Clerk cleans up those that are over.
    case "session":
      return sql`${live} and t.status in ('active', 'pending')`;
    case "subscription_item":
      return sql`${live} and t.status in ('active', 'past_due', 'upcoming')`;
    case "subscription":
    case "payment_attempt":
      return null;
    default:
      return live;
  }
}

const PAGE = 1_000;

export interface LivePage {
  readonly ids: readonly string[];
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

/** The next ones' ids, in pages: what a scan that began at `beforeMs` must have met. */
export function liveIdsAfter(
  db: Db,
  { after, ...options }: LiveOptions & { readonly after: string },
): Effect.Effect<LivePage, DatabaseError> {
  const where = listedLive(options);
  if (where === null) return Effect.succeed({ ids: [], next: null });
  return reading(async () => {
    const rows = await pick(
      db,
      options.kind,
      sql`select t.id from ${tableOf(options.kind)} t where ${where} and t.id > ${after}
        order by t.id limit ${PAGE}::integer`,
    );
    return { ids: withParents(rows), next: rows.length < PAGE ? null : (rows.at(-1)?.id ?? null) };
  });
}

/** Ids of some of them, by chance. */
export function sampleLive(
  db: Db,
  { size, ...options }: LiveOptions & { readonly size: number },
): Effect.Effect<readonly string[], DatabaseError> {
  const where = listedLive(options);
  if (where === null) return Effect.succeed([]);
  return reading(async () => {
    const some = sql`select t.id from ${tableOf(options.kind)} t where ${where} order by random() limit ${size}::integer`;
    return withParents(await pick(db, options.kind, some));
  });
}

interface Picked {
  readonly id: string;
  /** A parent is gone: its deletion is on its way to this one. */
  readonly orphan: boolean;
}

/** Looks at the parents of those picked alone, however many rows there are. */
async function pick(db: Db, kind: ObservableKind, picking: RawBuilder<unknown>): Promise<readonly Picked[]> {
  const { rows } = await sql<Picked>`
    with picked as materialized (${picking})
    select t.id, g.id is not null as orphan from picked t left join lateral (
      select h.id from docket.head c, jsonb_to_recordset(c.parents) as p(kind text, id text), docket.head h
      where c.kind = ${kind} and c.id = t.id and h.kind = p.kind and h.id = p.id and h.deleted_at_ms is not null
      limit 1) g on true
    order by t.id`.execute(db);
  return rows;
}

function withParents(rows: readonly Picked[]): readonly string[] {
  return rows.flatMap(({ id, orphan }) => (orphan ? [] : [id]));
}

/** The parents that are known of these, by id. */
export function parentsOfRows(
  db: Db,
  kind: ObservableKind,
  ids: readonly string[],
): Effect.Effect<ReadonlyMap<string, readonly EntityRef[]>, DatabaseError> {
  return reading(async () => {
    const { rows } = await sql<{ id: string; parents: readonly EntityRef[] }>`
      select h.id, h.parents from docket.head h
      join ${recordset(
        ids.map((id) => ({ id })),
        "id text",
      )} on h.kind = ${kind} and h.id = x.id`.execute(db);
    return new Map(rows.map(({ id, parents }) => [id, parents]));
  });
}

function tableOf(kind: ObservableKind): RawBuilder<unknown> {
  return sql.table(`clerk.${TABLES[kind].table}`);
}

function reading<A>(read: () => Promise<A>): Effect.Effect<A, DatabaseError> {
  return Effect.tryPromise({ try: read, catch: (cause) => toDatabaseError("read what is to be compared", cause) });
}
