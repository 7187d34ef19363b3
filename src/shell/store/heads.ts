import { type RawBuilder, sql } from "kysely";
import {
  type Entity,
  type EntityRef,
  type Indexed,
  PARENT_KINDS,
  refKey,
  type SaveVersion,
  type Tombstone,
  type Version,
  type VersionRank,
} from "../../core/mod.ts";
import { bulkOf } from "./bulk.ts";
import { lastByRef } from "./effects.ts";
import type { Pipeline } from "./pipeline.ts";
import { recordset, type Tx } from "./sql.ts";

export interface HeadRow {
  readonly kind: EntityRef["kind"];
  readonly id: string;
  readonly as_of_ms: number | null;
  readonly rank: VersionRank | null;
  readonly timestamp_ms: number | null;
  readonly svix_id: string | null;
  readonly own_tombstone: Tombstone | null;
  readonly inherited_tombstone: Tombstone | null;
  readonly parents: readonly EntityRef[];
  readonly sealed: boolean;
}

/**
 * Locks the entities until the end of the transaction and reads what is on file about them. One never heard of gets
 * a placeholder, so that it is locked too. Locks are taken in key order; callers lock parents before children, so that
 * no two transactions wait for each other.
 */
export async function lockHeads(tx: Tx, refs: Iterable<EntityRef>): Promise<readonly Indexed[]> {
  const keys = inKeyOrder(refs);
  if (keys.length === 0) return [];
  await sql`
    insert into docket.head (kind, id)
    select x.kind, x.id from ${recordset(keys, "kind text, id text")}
    order by x.kind collate "C", x.id collate "C"
    on conflict do nothing`.execute(tx);
  const { rows } = await lockKnown(keys).execute(tx);
  return rows.map(indexedFrom);
}

/** Asks for the heads of those on file, and locks them in this order. One never heard of has none, and is not locked. */
export function lockKnown(keys: readonly EntityRef[]): RawBuilder<HeadRow> {
  const placed = keys.map(({ kind, id }, place) => ({ kind, id, place }));
  return sql<HeadRow>`
    select h.kind, h.id, h.as_of_ms, h.rank, h.timestamp_ms, h.svix_id,
      h.own_tombstone, h.inherited_tombstone, h.parents, h.sealed
    from (select x.* from ${recordset(placed, "kind text, id text, place integer")} order by x.place) x
    cross join lateral (select * from docket.head h where h.kind = x.kind and h.id = x.id for update) h`;
}

const NEW_HEADS = bulkOf(
  "kind text, id text, as_of_ms bigint, rank smallint, timestamp_ms bigint, svix_id text",
  (rows) => `
    insert into docket.head (kind, id, as_of_ms, rank, timestamp_ms, svix_id)
    select x.kind, x.id, x.as_of_ms, x.rank, x.timestamp_ms, x.svix_id from ${rows}
    order by x.kind collate "C", x.id collate "C"`,
);

/**
 * Gives entities that were not on file a head, of the version that is saved of them. There was nothing to lock, so what
 * was decided holds only if nobody else gives one of them a head first: then this fails on the key, which is a race.
 */
export function writeNewHeads(line: Pipeline, refs: readonly EntityRef[], versions: readonly SaveVersion[]): void {
  if (refs.length === 0) return;
  const saved = new Map(lastByRef(versions).map(({ ref, version }) => [refKey(ref), version]));
  const rows = inKeyOrder(refs).map((ref) => {
    const version = saved.get(refKey(ref));
    return {
      kind: ref.kind,
      id: ref.id,
      as_of_ms: version?.asOfMs ?? null,
      rank: version?.rank ?? null,
      timestamp_ms: version?.timestampMs ?? null,
      svix_id: version?.svixId ?? null,
    };
  });
  line.addRows(NEW_HEADS, rows);
}

/** True for a kind that no parent can end. Its heads are locked first. */
export function isRootKind(ref: EntityRef): boolean {
  return PARENT_KINDS[ref.kind].length === 0;
}

export function inKeyOrder(refs: Iterable<EntityRef>): readonly EntityRef[] {
  const byKey = new Map([...refs].map((ref) => [refKey(ref), { kind: ref.kind, id: ref.id }]));
  return [...byKey.values()].sort((left, right) => {
    if (left.kind !== right.kind) return left.kind < right.kind ? -1 : 1;
    return left.id < right.id ? -1 : 1;
  });
}

export function indexedFrom(row: HeadRow): Indexed {
  return {
    ref: { kind: row.kind, id: row.id },
    entity: entityFrom(row),
    told: [],
    jobs: [],
    linked: row.parents,
    children: [],
    childrenComplete: true,
  };
}

function entityFrom(row: HeadRow): Entity {
  const newest = versionFrom(row);
  if (row.own_tombstone !== null || row.inherited_tombstone !== null) {
    const { own_tombstone: own, inherited_tombstone: inherited, sealed } = row;
    return { _tag: "Deleted", newest, own, inherited, sealed };
  }
  return newest === null ? { _tag: "Absent" } : { _tag: "Live", newest };
}

function versionFrom({ as_of_ms, rank, timestamp_ms, svix_id }: HeadRow): Version | null {
  if (as_of_ms === null || rank === null || timestamp_ms === null || svix_id === null) return null;
  return { asOfMs: as_of_ms, rank, timestampMs: timestamp_ms, svixId: svix_id };
}
