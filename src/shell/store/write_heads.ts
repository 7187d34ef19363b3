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
import { bulkOf } from "./bulk.ts";
import { lastByRef } from "./effects.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantOf, recordset } from "./sql.ts";

/** Links children to parents, on both sides. */
export function writeLinks(line: Pipeline, effects: readonly LinkParent[], index: Index): void {
  if (effects.length === 0) return;
  const links = effects.map(({ parent, child }) => ({
    parent_kind: parent.kind,
    parent_id: parent.id,
    child_kind: child.kind,
    child_id: child.id,
  }));
  line.add(sql`
    insert into docket.link (parent_kind, parent_id, child_kind, child_id)
    select * from ${recordset(links, "parent_kind text, parent_id text, child_kind text, child_id text")}
    on conflict do nothing`);
  const children = lastByRef(effects.map(({ child }) => find(index, child)));
  // Sorted, so that the column is a function of the messages too.
  const rows = children.map(({ ref, linked }) => ({
    kind: ref.kind,
    id: ref.id,
    parents: linked.toSorted((left, right) => (refKey(left) < refKey(right) ? -1 : 1)),
  }));
  line.add(sql`
    update docket.head h set parents = x.parents
    from ${recordset(rows, "kind text, id text, parents jsonb")}
    where h.kind = x.kind and h.id = x.id`);
}

const NEWER_HEADS = bulkOf(
  "kind text, id text, as_of_ms bigint, rank smallint, timestamp_ms bigint, svix_id text",
  (rows) => `
    insert into docket.head as h (kind, id, as_of_ms, rank, timestamp_ms, svix_id)
    select x.kind, x.id, x.as_of_ms, x.rank, x.timestamp_ms, x.svix_id from ${rows}
    on conflict (kind, id) do update set
      as_of_ms = excluded.as_of_ms, rank = excluded.rank, timestamp_ms = excluded.timestamp_ms,
      svix_id = excluded.svix_id
    where h.svix_id is null or (h.as_of_ms, h.rank, h.timestamp_ms, h.svix_id)
      < (excluded.as_of_ms, excluded.rank, excluded.timestamp_ms, excluded.svix_id)`,
);

/** Moves heads to newer versions. The guard says the reducer's rule again: never back. */
export function writeVersions(line: Pipeline, effects: readonly SaveVersion[]): void {
  if (effects.length === 0) return;
  const rows = lastByRef(effects).map(({ ref, version }) => ({
    kind: ref.kind,
    id: ref.id,
    as_of_ms: version.asOfMs,
    rank: version.rank,
    timestamp_ms: version.timestampMs,
    svix_id: version.svixId,
  }));
  line.addRows(NEWER_HEADS, rows);
}

/** Sets tombstones. `deleted_at_ms` only ever becomes earlier. */
export function writeTombstones(line: Pipeline, effects: readonly BuryEntity[]): void {
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
    line.add(sql`
      update docket.head h
      set ${sql.ref(`${cause}_tombstone`)} = x.tombstone,
        deleted_at_ms = least(h.deleted_at_ms, x.deleted_at_ms),
        erased = h.erased or x.erase
      from ${recordset(rows, "kind text, id text, tombstone jsonb, deleted_at_ms bigint, erase boolean")}
      where h.kind = x.kind and h.id = x.id and (${before} is null
        or (${before} ->> 'deletedAtMs')::bigint >= x.deleted_at_ms)`);
  }
}

/** Seals chains: they are wired no more. */
export function writeSeals(line: Pipeline, refs: readonly EntityRef[]): void {
  if (refs.length === 0) return;
  line.add(sql`
    update docket.head h set sealed = true
    from ${recordset(refs, "kind text, id text")}
    where h.kind = x.kind and h.id = x.id`);
}

/** Notes the latest sign-in of users, on the head and on the row if there is one. */
export function writeSignIns(line: Pipeline, effects: readonly NoteSignIn[]): void {
  if (effects.length === 0) return;
  const latestMs = new Map<string, number>();
  for (const { userId, atMs } of effects) latestMs.set(userId, Math.max(latestMs.get(userId) ?? atMs, atMs));
  const rows = [...latestMs].map(([id, at_ms]) => ({ id, at_ms }));
  line.add(sql`
    update docket.head h set signed_in_at_ms = greatest(h.signed_in_at_ms, x.at_ms)
    from ${recordset(rows, "id text, at_ms bigint")}
    where h.kind = 'user' and h.id = x.id`);
  line.add(sql`
    update clerk.users u
    set last_sign_in_at = greatest(u.last_sign_in_at, ${instantOf("x.at_ms")})
    from ${recordset(rows, "id text, at_ms bigint")}
    join docket.head h on h.kind = 'user' and h.id = x.id and not h.erased
    where u.id = x.id and u.data is not null`);
}
