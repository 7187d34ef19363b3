import { type Kysely, sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "./sql.ts";

/** Those of the entities that are on file, live or deleted, in no order. A placeholder for one that never came is not. */
export async function findOnFile(
  db: Kysely<DocketDatabase>,
  refs: readonly EntityRef[],
): Promise<readonly EntityRef[]> {
  const wanted = refs.map(({ kind, id }) => ({ kind, id }));
  const { rows } = await sql<EntityRef>`
    select h.kind, h.id from docket.head h join ${recordset(wanted, "kind text, id text")}
      on h.kind = x.kind collate "C" and h.id = x.id collate "C"
    where h.as_of_ms is not null or h.deleted_at_ms is not null`.execute(db);
  return rows;
}
