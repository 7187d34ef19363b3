import { sql } from "kysely";
import { type EntityRef, type Json, type OnDelete, refKey, type Tombstone, type WantedJob } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { compareRowSets, compareRows, type Difference, type Fields } from "./difference.ts";
import type { Folded } from "./fold.ts";

/** What Docket keeps of an entity to decide about its next message. */
export interface HeadRow extends Fields {
  readonly id: string;
  readonly signed_in_at_ms: number | null;
  /** Personal data has left the row. */
  readonly erased: boolean;
  /** Personal data has left the log: the jobs stay as recorded. */
  readonly sealed: boolean;
}

/** The heads of these entities, by `refKey`. */
export async function readHeads(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, HeadRow>> {
  const { rows } = await sql<HeadRow & { readonly kind: EntityRef["kind"] }>`
    select h.kind, h.id, h.as_of_ms, h.rank, h.timestamp_ms, h.svix_id, h.own_tombstone, h.inherited_tombstone,
      h.deleted_at_ms, h.parents, h.signed_in_at_ms, h.erased, h.sealed
    from docket.head h
    join ${recordset(refs, "kind text, id text")} on h.kind = x.kind and h.id = x.id`.execute(tx);
  return new Map(
    rows.map((row) => [
      refKey(row),
      { ...row, parents: sortedRefs(row["parents"] as unknown as readonly EntityRef[]) },
    ]),
  );
}

export interface HeadOptions {
  readonly onDelete: OnDelete;
  /** The latest sign-in that a session of the user tells of. */
  readonly signedInAtMs: number | null;
}

/** Compares what is kept to decide by. A head without messages is a place to lock: it may be there or not. */
export function compareHead(folded: Folded, head: HeadRow | null, options: HeadOptions): readonly Difference[] {
  const { ref, newest, own, inherited, tombstone, parents } = folded;
  if (head === null && folded.messages === 0) return [];
  const mustErase = tombstone !== null && options.onDelete === "erase";
  const fromLog: Fields = {
    as_of_ms: newest?.asOfMs ?? null,
    rank: newest?.rank ?? null,
    timestamp_ms: newest?.timestampMs ?? null,
    svix_id: newest?.svixId ?? null,
    own_tombstone: jsonOf(own),
    inherited_tombstone: jsonOf(inherited),
    deleted_at_ms: tombstone?.deletedAtMs ?? null,
    parents: sortedRefs(parents),
    ...(ref.kind === "user" ? { signed_in_at_ms: options.signedInAtMs } : {}),
    // Erased while the setting was another stays erased.
    ...(mustErase || tombstone === null ? { erased: mustErase } : {}),
  };
  return compareRows({ table: "docket.head", row: refKey(ref) }, { inTable: head, fromLog });
}

/** An erased entity is sealed unless jobs of its deletion, which need its data, are or were to be done first. */
export function compareSeal(
  { ref }: Folded,
  head: HeadRow | null,
  deathJobs: readonly Pick<WantedJob, "key">[],
): readonly Difference[] {
  if (head === null || !head.erased || head.sealed || deathJobs.length > 0) return [];
  const place = { table: "docket.head", row: refKey(ref) };
  return compareRows(place, { inTable: { sealed: head.sealed }, fromLog: { sealed: true } });
}

/** Compares the links by which a parent's deletion finds its children. */
export async function compareLinks(tx: Tx, folds: readonly Folded[]): Promise<readonly Difference[]> {
  const links = folds.flatMap(({ ref, parents }) =>
    parents.map((parent) => ({ kind: ref.kind, id: ref.id, parent_kind: parent.kind, parent_id: parent.id })),
  );
  if (links.length === 0) return [];
  const { rows } = await sql<{ row: string }>`
    select l.parent_kind || '/' || l.parent_id || ' > ' || l.child_kind || '/' || l.child_id as row
    from docket.link l
    join ${recordset(links, "kind text, id text, parent_kind text, parent_id text")} on l.parent_kind = x.parent_kind
      and l.parent_id = x.parent_id and l.child_kind = x.kind and l.child_id = x.id`.execute(tx);
  return compareRowSets("docket.link", {
    inTable: new Map(rows.map(({ row }) => [row, {}])),
    fromLog: new Map(
      links.map(({ kind, id, parent_kind, parent_id }) => [`${parent_kind}/${parent_id} > ${kind}/${id}`, {}]),
    ),
  });
}

export function jsonOf(tombstone: Tombstone | null): Json {
  return tombstone === null ? null : { ...tombstone, death: { ...tombstone.death } };
}

function sortedRefs(refs: readonly EntityRef[]): Json {
  return refs.map(refKey).sort();
}
