import { sql } from "kysely";
import { type EntityRef, refKey } from "../../core/mod.ts";
import { eraseTextPayload } from "../decode/erase_payload.ts";
import { recordset, type Tx } from "./sql.ts";

/** Payloads erased in one transaction. The rest follows in pages, by a chore. */
const PAYLOADS_PER_PAGE_MAX = 500;

interface PayloadRow {
  readonly entity_kind: EntityRef["kind"];
  readonly entity_id: string;
  readonly svix_id: string;
  readonly payload: string;
}

/**
 * Takes personal data out of what the log keeps of these entities, one page of it.
 *
 * @returns Entities that may have more.
 */
export async function erasePayloads(tx: Tx, refs: readonly EntityRef[]): Promise<readonly EntityRef[]> {
  if (refs.length === 0) return [];
  const { rows } = await sql<PayloadRow>`
    select l.entity_kind, l.entity_id, l.svix_id, l.payload
    from docket.log l
    join ${recordset(refs, "kind text, id text")} on l.entity_kind = x.kind and l.entity_id = x.id
    where not l.erased
    limit ${PAYLOADS_PER_PAGE_MAX}`.execute(tx);
  if (rows.length === 0) return [];
  const erased = rows.map((row) => ({ ...row, payload: eraseTextPayload(row.payload, row.entity_kind) }));
  await sql`
    update docket.log l set payload = x.payload, payload_bytes = null, erased = true
    from ${recordset(erased, "entity_kind text, entity_id text, svix_id text, payload text")}
    where l.entity_kind = x.entity_kind and l.entity_id = x.entity_id and l.svix_id = x.svix_id`.execute(tx);
  if (rows.length < PAYLOADS_PER_PAGE_MAX) return [];
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()];
}
