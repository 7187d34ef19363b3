import { sql } from "kysely";
import { type EntityRef, type Kind, mergeTombstones, type Source, type Tombstone } from "../../core/mod.ts";
import type { Tx } from "../store/sql.ts";
import { type HeadRow, readHeads } from "../verify/compare_head.ts";

/** What is kept of an entity besides its messages. */
export interface Kept {
  readonly head: HeadRow;
  readonly tombstone: Tombstone | null;
}

/** The deletion that ended an entity: its own, or that of something it belonged to. */
export interface Ending {
  readonly cause: "own" | "inherited";
  readonly deletedAt: Date;
  readonly svixId: string;
  readonly type: string;
  readonly source: Source;
  /** What the message deleted: the entity itself, or whose deletion ended it too. Null: that is not on file. */
  readonly entityKind: Kind | null;
  readonly entityId: string | null;
}

/** Null: nothing was ever heard of it. */
export async function readKept(tx: Tx, ref: EntityRef): Promise<Kept | null> {
  const [head] = (await readHeads(tx, [ref])).values();
  if (head === undefined) return null;
  return { head, tombstone: mergeTombstones(ownOf(head), tombstoneAt(head, "inherited_tombstone")) };
}

/** How the entity ended. Null: it lives. */
export async function readEnding(tx: Tx, ref: EntityRef, { head, tombstone }: Kept): Promise<Ending | null> {
  if (tombstone === null) return null;
  const { deletedAtMs, death } = tombstone;
  const { svixId, type, source } = death;
  const told = { deletedAt: new Date(deletedAtMs), svixId, type, source };
  if (ownOf(head)?.death.svixId === svixId) {
    return { cause: "own", ...told, entityKind: ref.kind, entityId: ref.id };
  }
  const { rows } = await sql<{ kind: Kind | null; id: string | null }>`
    select nullif(entity_kind, '') as kind, nullif(entity_id, '') as id
    from docket.message where svix_id = ${svixId}`.execute(tx);
  return { cause: "inherited", ...told, entityKind: rows[0]?.kind ?? null, entityId: rows[0]?.id ?? null };
}

function ownOf(head: HeadRow): Tombstone | null {
  return tombstoneAt(head, "own_tombstone");
}

/** Written as the core's, and so read as one. */
function tombstoneAt(head: HeadRow, column: "own_tombstone" | "inherited_tombstone"): Tombstone | null {
  return head[column] as Tombstone | null;
}
