import { sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import { recordset, type Tx } from "./sql.ts";

/**
 * `cascade`: children of a deleted entity wait to be ended. `erase`: its payloads wait to be erased. `seal`: a job of
 * it has ended, and its personal data may be free to leave.
 */
export type SweptTask = "cascade" | "erase" | "seal";

/** `retain`: old payloads of the entity wait, as a job of it does, to be dropped by retention. */
export type ChoreTask = SweptTask | "retain";

/** Leaves work for the sweeper, in the same transaction. A cascade left again starts anew: its tombstone changed. */
export async function leaveChores(tx: Tx, task: ChoreTask, refs: readonly EntityRef[]): Promise<void> {
  if (refs.length === 0) return;
  await sql`
    insert into docket.chore (task, kind, id)
    select distinct ${task}::text, x.kind, x.id from ${recordset(refs, "kind text, id text")}
    on conflict (task, kind, id) do update set child_kind = '', child_id = ''`.execute(tx);
}
