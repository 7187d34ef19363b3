import { sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import { instant, recordset, type Tx } from "../store/sql.ts";

/** A line of the log by its key. */
export interface LineKey extends EntityRef {
  readonly svixId: string;
}

/**
 * Of these lines and those just before them, in the order of versions, the ones whose payload may go: live versions
 * that were received before then, with a successor that was as well. So what was true at any time since then can still
 * be told, and what changed since then keeps both its ends.
 */
export async function findReplaced(tx: Tx, lines: readonly LineKey[], beforeMs: number): Promise<readonly LineKey[]> {
  if (lines.length === 0) return [];
  const before = instant(beforeMs);
  const { rows } = await sql<LineKey>`
    with seen as (
      select l.* from ${recordset(lines.map(recordOf), "kind text, id text, svix_id text")}
      cross join lateral (select * from docket.log l where l.entity_kind = x.kind and l.entity_id = x.id
        and l.svix_id = x.svix_id and l.told and not l.is_deletion and l.received_at < ${before} offset 0) l
    )
    select s.entity_kind as kind, s.entity_id as id, s.svix_id as "svixId" from seen s
    cross join lateral (
      select n.received_at from docket.log n
      where n.told and not n.is_deletion and n.entity_kind = s.entity_kind and n.entity_id = s.entity_id
        and n.as_of_ms >= s.as_of_ms
        and (n.as_of_ms, n.rank, n.timestamp_ms, n.svix_id) > (s.as_of_ms, s.rank, s.timestamp_ms, s.svix_id)
      order by n.as_of_ms, n.rank, n.timestamp_ms, n.svix_id limit 1) n
    where s.payload <> '' and n.received_at < ${before}
    union
    select s.entity_kind as kind, s.entity_id as id, p.svix_id as "svixId" from seen s
    cross join lateral (
      select p.svix_id, p.received_at, p.payload from docket.log p
      where p.told and not p.is_deletion and p.entity_kind = s.entity_kind and p.entity_id = s.entity_id
        and p.as_of_ms <= s.as_of_ms
        and (p.as_of_ms, p.rank, p.timestamp_ms, p.svix_id) < (s.as_of_ms, s.rank, s.timestamp_ms, s.svix_id)
      order by p.as_of_ms desc, p.rank desc, p.timestamp_ms desc, p.svix_id desc limit 1) p
    where p.payload <> '' and p.received_at < ${before}`.execute(tx);
  return rows;
}

/** As `jsonb_to_recordset` names them. */
export function recordOf({ kind, id, svixId }: LineKey): {
  readonly kind: string;
  readonly id: string;
  readonly svix_id: string;
} {
  return { kind, id, svix_id: svixId };
}
