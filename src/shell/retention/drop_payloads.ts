import { sql } from "kysely";
import { type EntityRef, type Indexed, newestOf, refKey } from "../../core/mod.ts";
import { leaveChores } from "../store/chores.ts";
import { indexedFrom, inKeyOrder, isRootKind, lockKnown } from "../store/heads.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { findReplaced, type LineKey, recordOf } from "./find_replaced.ts";
import { saidElsewhere } from "./said_elsewhere.ts";

export interface Dropped {
  readonly payloads: number;
  /** Entities that were left as they are, since a job of theirs waits or runs: each has a chore now. */
  readonly held: readonly EntityRef[];
}

/**
 * Drops the payloads of those lines, and of those just before them, that were replaced by then. Ids, versions and
 * outcomes stay. Never drops an entity's newest version, a deletion, what is set aside, what alone says something that
 * is not of its time, nor anything of an entity with a job that waits or runs.
 *
 * Locks the entities, so that none of them gets a message or a job meanwhile.
 */
export async function dropPayloads(tx: Tx, lines: readonly LineKey[], beforeMs: number): Promise<Dropped> {
  const heads = await lock(tx, lines);
  const held = await findHeld(tx, [...heads.values()]);
  await leaveChores(tx, "retain", held);
  const isHeld = new Set(held.map(refKey));
  const free = lines.filter((line) => heads.has(refKey(line)) && !isHeld.has(refKey(line)));
  const replaced = await findReplaced(tx, free, beforeMs);
  const said = await saidElsewhere(tx, replaced, (ref) => newestIn(heads.get(refKey(ref))));
  await drop(tx, said);
  return { payloads: said.length, held };
}

/** In the order of all who lock heads: parents before children. */
async function lock(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, Indexed>> {
  const roots = inKeyOrder(refs.filter(isRootKind));
  const others = inKeyOrder(refs.filter((ref) => !isRootKind(ref)));
  const locked: Indexed[] = [];
  for (const keys of [roots, others]) {
    if (keys.length > 0) locked.push(...(await lockKnown(keys).execute(tx)).rows.map(indexedFrom));
  }
  return new Map(locked.map((it) => [refKey(it.ref), it]));
}

function newestIn(head: Indexed | undefined): LineKey | null {
  const newest = head === undefined ? null : newestOf(head.entity);
  return head === undefined || newest === null ? null : { ...head.ref, svixId: newest.svixId };
}

async function findHeld(tx: Tx, heads: readonly Indexed[]): Promise<readonly EntityRef[]> {
  const { rows } = await sql<EntityRef>`
    select x.kind, x.id from ${recordset(
      heads.map(({ ref }) => ref),
      "kind text, id text",
    )}
    where exists (select from docket.job j where j.kind = x.kind and j.entity = x.id
      and j.phase in ('pending', 'running') and j.wanted and not j.moot)`.execute(tx);
  return rows;
}

async function drop(tx: Tx, lines: readonly LineKey[]): Promise<void> {
  if (lines.length === 0) return;
  await sql`
    update docket.log l set payload = '', payload_bytes = null
    from ${recordset(lines.map(recordOf), "kind text, id text, svix_id text")}
    where l.entity_kind = x.kind and l.entity_id = x.id and l.svix_id = x.svix_id`.execute(tx);
}
