import { sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import { leaveChores } from "../store/chores.ts";
import { recordset, type Tx } from "../store/sql.ts";

/**
 * Says of those entities that are deleted that a job of theirs has ended. A statement of its own: what made the jobs'
 * rows wait may have been the deletion, which only a new look can see.
 */
export async function leaveSeals(tx: Tx, refs: readonly EntityRef[]): Promise<void> {
  if (refs.length === 0) return;
  const { rows } = await sql<EntityRef>`
    select distinct h.kind, h.id from docket.head h
    join ${recordset(refs, "kind text, id text")} on h.kind = x.kind and h.id = x.id
    where h.deleted_at_ms is not null`.execute(tx);
  await leaveChores(tx, "seal", rows);
}
