import { sql } from "kysely";
import { type EntityRef, refKey, type Told } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { readTold, type ToldRow } from "../store/told_row.ts";

/** One message about an entity, from the log. */
export interface LogLine {
  readonly told: Told;
  readonly instanceId: string | null;
}

/** By `refKey`. */
export type LogLines = ReadonlyMap<string, readonly LogLine[]>;

interface LogRow extends ToldRow {
  readonly instance_id: string | null;
}

/** All messages of these entities that are part of their chains. */
export function readLogLines(tx: Tx, refs: readonly EntityRef[]): Promise<LogLines> {
  return readLines(tx, refs, sql`true`);
}

/** The deletions of these entities. */
export function readDeletions(tx: Tx, refs: readonly EntityRef[]): Promise<LogLines> {
  return readLines(tx, refs, sql`l.is_deletion`);
}

async function readLines(tx: Tx, refs: readonly EntityRef[], which: ReturnType<typeof sql>): Promise<LogLines> {
  const names = [...new Map(refs.map((ref) => [refKey(ref), ref])).values()];
  if (names.length === 0) return new Map();
  const { rows } = await sql<LogRow>`
    select l.entity_kind, l.entity_id, l.svix_id, l.type, l.source, l.as_of_ms, l.rank, l.timestamp_ms, l.is_deletion,
      l.payload, l.instance_id, (extract(epoch from l.received_at) * 1000)::bigint as received_at_ms
    from docket.log l
    join ${recordset(names, "kind text, id text")} on l.entity_kind = x.kind and l.entity_id = x.id
    where l.told and ${which}`.execute(tx);
  return Map.groupBy(
    rows.map((row) => ({ told: readTold(row), instanceId: row.instance_id, row })),
    ({ row }) => refKey({ kind: row.entity_kind, id: row.entity_id }),
  );
}
