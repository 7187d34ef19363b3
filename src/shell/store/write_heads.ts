import { sql } from "kysely";
import {
  type BuryEntity,
  type EntityRef,
  find,
  type Index,
  type LinkParent,
  type NoteSignIn,
  refKey,
  type SaveVersion,
} from "../../core/mod.ts";
import { lastByRef } from "./effects.ts";
import { instantOf, recordset, type Tx } from "./sql.ts";

/** Links children to parents, on both sides. */
export async function writeLinks(tx: Tx, effects: readonly LinkParent[], index: Index): Promise<void> {
  if (effects.length === 0) return;
  const links = effects.map(({ parent, child }) => ({
    parent_kind: parent.kind,
    parent_id: parent.id,
    child_kind: child.kind,
    child_id: child.id,
  }));
  await sql`
    insert into docket.link (parent_kind, parent_id, child_kind, child_id)
    select * from ${recordset(links, "parent_kind text, parent_id text, child_kind text, child_id text")}
    on conflict do nothing`.execute(tx);
  const children = lastByRef(effects.map(({ child }) => find(index, child)));
  // Sorted, so that the column is a function of the messages too.
  const rows = children.map(({ ref, linked }) => ({
    kind: ref.kind,
    id: ref.id,
    parents: linked.toSorted((left, right) => (refKey(left) < refKey(right) ? -1 : 1)),
  }));
  await sql`
    update docket.head h set parents = x.parents
    from ${recordset(rows, "kind text, id text, parents jsonb")}
    where h.kind = x.kind and h.id = x.id`.execute(tx);
}

/** Moves heads to newer versions. The guard says the reducer's rule again: never back. */
export async function writeVersions(tx: Tx, effects: readonly SaveVersion[]): Promise<void> {
  if (effects.length === 0) return;
  const rows = lastByRef(effects).map(({ ref, version }) => ({
    kind: ref.kind,
    id: ref.id,
    as_of_ms: version.asOfMs,
    rank: version.rank,
    timestamp_ms: version.timestampMs,
    svix_id: version.svixId,
  }));
  await sql`
    update docket.head h
    set as_of_ms = x.as_of_ms, rank = x.rank, timestamp_ms = x.timestamp_ms, svix_id = x.svix_id
    from ${recordset(rows, "kind text, id text, as_of_ms bigint, rank smallint, timestamp_ms bigint, svix_id text")}
    where h.kind = x.kind and h.id = x.id and (h.svix_id is null or
      (h.as_of_ms, h.rank, h.timestamp_ms, h.svix_id) < (x.as_of_ms, x.rank, x.timestamp_ms, x.svix_id))`.execute(tx);
}

/** Sets tombstones. `deleted_at_ms` only ever becomes earlier. */
export async function writeTombstones(tx: Tx, effects: readonly BuryEntity[]): Promise<void> {
  for (const cause of ["own", "inherited"] as const) {
    const rows = lastByRef(effects.filter((it) => it.cause === cause)).map(({ ref, tombstone, erase }) => ({
      kind: ref.kind,
      id: ref.id,
      tombstone,
      deleted_at_ms: tombstone.deletedAtMs,
      erase,
    }));
    if (rows.length === 0) continue;
    const before = sql.ref(`h.${cause}_tombstone`);
    await sql`
      update docket.head h
      set ${sql.ref(`${cause}_tombstone`)} = x.tombstone,
        deleted_at_ms = least(h.deleted_at_ms, x.deleted_at_ms),
        erased = h.erased or x.erase
      from ${recordset(rows, "kind text, id text, tombstone jsonb, deleted_at_ms bigint, erase boolean")}
      where h.kind = x.kind and h.id = x.id and (${before} is null
        or (${before} ->> 'deletedAtMs')::bigint >= x.deleted_at_ms)`.execute(tx);
  }
}

/** Seals chains: they are wired no more. */
export async function writeSeals(tx: Tx, refs: readonly EntityRef[]): Promise<void> {
  if (refs.length === 0) return;
  await sql`
    update docket.head h set sealed = true
    from ${recordset(refs, "kind text, id text")}
    where h.kind = x.kind and h.id = x.id`.execute(tx);
}

/** Notes the latest sign-in of users, on the head and on the row if there is one. */
export async function writeSignIns(tx: Tx, effects: readonly NoteSignIn[]): Promise<void> {
  if (effects.length === 0) return;
  const latestMs = new Map<string, number>();
  for (const { userId, atMs } of effects) latestMs.set(userId, Math.max(latestMs.get(userId) ?? atMs, atMs));
  const rows = [...latestMs].map(([id, at_ms]) => ({ id, at_ms }));
  await sql`
    update docket.head h set signed_in_at_ms = greatest(h.signed_in_at_ms, x.at_ms)
    from ${recordset(rows, "id text, at_ms bigint")}
    where h.kind = 'user' and h.id = x.id`.execute(tx);
  await sql`
    update clerk.users u
    set last_sign_in_at = greatest(u.last_sign_in_at, ${instantOf("x.at_ms")})
    from ${recordset(rows, "id text, at_ms bigint")}
    join docket.head h on h.kind = 'user' and h.id = x.id and not h.erased
    where u.id = x.id and u.data is not null`.execute(tx);
}
