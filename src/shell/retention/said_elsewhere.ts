import { sql } from "kysely";
import { type Body, type EntityRef, PARENT_KINDS, refKey } from "../../core/mod.ts";
import { parentsOf } from "../decode/parents.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { readTold, type ToldRow } from "../store/told_row.ts";
import { type LineKey, recordOf } from "./find_replaced.ts";

/** Payloads in memory at once; one may be megabytes. */
const LINES_PER_READ = 20;

/**
 * Those of the lines that say nothing which only they say, beyond what was so at their time. An entity's parents are all
 * that any version names, and a user's last sign-in is the latest that any version of a session tells of: a version
 * that alone says such a thing stays.
 *
 * @param newestOf An entity's newest version, which stays; null where none is on file.
 */
export async function saidElsewhere(
  tx: Tx,
  lines: readonly LineKey[],
  newestOf: (ref: EntityRef) => LineKey | null,
): Promise<readonly LineKey[]> {
  const free = lines.filter(({ kind }) => PARENT_KINDS[kind].length === 0);
  const bound = lines.filter(({ kind }) => PARENT_KINDS[kind].length > 0);
  const said: LineKey[] = [];
  for (let at = 0; at < bound.length; at += LINES_PER_READ) {
    const some = bound.slice(at, at + LINES_PER_READ);
    const bodies = await readBodies(tx, [...some, ...some.map(newestOf).filter((it) => it !== null)]);
    const bodyOf = (line: LineKey | null): Body | null => (line === null ? null : (bodies.get(nameOf(line)) ?? null));
    said.push(
      ...some.filter((line) => {
        const [body, kept] = [bodyOf(line), bodyOf(newestOf(line))];
        return body !== null && kept !== null && saysNoMore(body, kept);
      }),
    );
  }
  return [...free, ...said];
}

function saysNoMore(body: Body, kept: Body): boolean {
  const parents = new Set(parentsOf(kept).map(refKey));
  if (!parentsOf(body).every((parent) => parents.has(refKey(parent)))) return false;
  if (body.kind !== "session" || kept.kind !== "session") return true;
  return (kept.value.createdAtMs ?? 0) >= (body.value.createdAtMs ?? 0);
}

async function readBodies(tx: Tx, lines: readonly LineKey[]): Promise<ReadonlyMap<string, Body | null>> {
  const keys = [...new Map(lines.map((line) => [nameOf(line), recordOf(line)])).values()];
  const { rows } = await sql<ToldRow>`
    select l.entity_kind, l.entity_id, l.svix_id, l.type, l.source, l.as_of_ms, l.rank, l.timestamp_ms, l.is_deletion,
      l.payload, 0 as received_at_ms
    from ${recordset(keys, "kind text, id text, svix_id text")}
    join docket.log l on l.entity_kind = x.kind and l.entity_id = x.id and l.svix_id = x.svix_id`.execute(tx);
  return new Map(
    rows.map((row) => [nameOf({ kind: row.entity_kind, id: row.entity_id, svixId: row.svix_id }), readTold(row).body]),
  );
}

function nameOf(line: LineKey): string {
  return `${refKey(line)} ${line.svixId}`;
}
