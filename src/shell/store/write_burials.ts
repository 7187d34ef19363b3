import { sql } from "kysely";
import {
  type BuryEntity,
  type EntityRef,
  eraseBody,
  eraseData,
  find,
  type Index,
  type JsonObject,
  KINDS,
  type Kind,
  newestOf,
  type SaveVersion,
  tombstoneOf,
} from "../../core/mod.ts";
import { checkBody } from "../decode/decode_body.ts";
import { TABLES } from "../tables/mod.ts";
import { lastByRef } from "./effects.ts";
import { makePipeline, type Pipeline } from "./pipeline.ts";
import { instantOf, recordset, type Tx } from "./sql.ts";
import { buryParts } from "./write_parts.ts";
import { type Unheard, writeRows } from "./write_rows.ts";

/** Shows deletions on rows. An entity known by its deletion alone gets a row too: its id, and that it is gone. */
export async function writeBurials(tx: Tx, effects: readonly BuryEntity[], index: Index): Promise<void> {
  const buried = lastByRef(effects);
  for (const kind of KINDS) {
    const ofKind = buried.filter(({ ref }) => ref.kind === kind);
    if (ofKind.length === 0) continue;
    const erased = ofKind.filter(({ erase }) => erase).map(({ ref }) => ref);
    await eraseRows(tx, kind, { refs: erased, index });
    const line = makePipeline(tx);
    setDeleted(line, kind, { refs: ofKind.map(({ ref }) => ref), index });
    if (kind === "user")
      buryParts(line, { userIds: ofKind.map(({ ref }) => ref.id), erasedIds: erased.map(({ id }) => id) });
    await line.flush();
  }
}

/** Their rows are there. */
const NONE: Unheard = new Set<string>();

interface Burials {
  readonly refs: readonly EntityRef[];
  readonly index: Index;
}

/** Writes the rows again from what erasure leaves of their data, so that row and log can't differ. */
async function eraseRows(tx: Tx, kind: Kind, { refs, index }: Burials): Promise<void> {
  if (refs.length === 0) return;
  const { rows } = await sql<{ id: string; instance_id: string | null; data: JsonObject }>`
    select t.id, t.instance_id, t.data from ${sql.table(`clerk.${TABLES[kind].table}`)} t
    join ${recordset(refs, "id text")} on t.id = x.id
    where t.data is not null`.execute(tx);
  const unread: object[] = [];
  const versions = rows.flatMap(({ id, instance_id, data }): readonly SaveVersion[] => {
    const ref = { kind, id };
    const version = newestOf(find(index, ref).entity);
    const checked = checkBody(kind, data);
    // The column is a cleaned copy, and decoders change: what no longer reads is erased all the same.
    if (!checked.ok) unread.push({ id, data: eraseData(kind, data) });
    if (version === null || !checked.ok) return [];
    return [{ _tag: "SaveVersion", ref, version, instanceId: instance_id, body: eraseBody(checked.body) }];
  });
  const line = makePipeline(tx);
  writeRows(line, versions, NONE);
  blankRows(line, kind, unread);
  await line.flush();
}

function blankRows(line: Pipeline, kind: Kind, rows: readonly object[]): void {
  if (rows.length === 0) return;
  const { table, columns } = TABLES[kind];
  line.add(sql`
    update ${sql.table(`clerk.${table}`)} t
    set data = x.data, ${sql.raw(columns.map(({ name }) => `"${name}" = null`).join(", "))}
    from ${recordset(rows, "id text, data jsonb")}
    where t.id = x.id`);
}

function setDeleted(line: Pipeline, kind: Kind, { refs, index }: Burials): void {
  const table = sql.table(`clerk.${TABLES[kind].table}`);
  const rows = refs.map((ref) => ({
    id: ref.id,
    instance_id: tombstoneOf(find(index, ref).entity)?.death.instanceId ?? null,
  }));
  line.add(sql`
    insert into ${table} as t (id, instance_id, deleted_at, version_ms, synced_at)
    select x.id, x.instance_id, ${instantOf("h.deleted_at_ms")},
      case when h.as_of_ms >= 0 then h.as_of_ms else h.deleted_at_ms end, now()
    from ${recordset(rows, "id text, instance_id text")}
    join docket.head h on h.kind = ${kind} and h.id = x.id
    on conflict (id) do update set
      deleted_at = excluded.deleted_at,
      version_ms = excluded.version_ms,
      synced_at = excluded.synced_at,
      instance_id = case when t.data is null then excluded.instance_id else t.instance_id end`);
}
