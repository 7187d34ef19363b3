import { type Body, KINDS, type Kind, type SaveVersion } from "../../core/mod.ts";
import { cleanJson, isoTime, rowOf, TABLES } from "../tables/mod.ts";
import { type Bulk, type BulkRow, bulkOf } from "./bulk.ts";
import { lastByRef } from "./effects.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantText } from "./sql.ts";

const VERSION_COLUMNS = "as_of_ms bigint, rank smallint, timestamp_ms bigint, svix_id text";

/**
 * Writes the rows of newly saved versions, one statement a table. A row is written only if its head now holds the
 * very version that the row shows: what `writeVersions` refused can't reach a table either.
 */
export function writeRows(line: Pipeline, effects: readonly SaveVersion[]): void {
  const newest = lastByRef(effects);
  for (const kind of KINDS) {
    const ofKind = newest.filter(({ ref }) => ref.kind === kind);
    if (ofKind.length > 0) upsertRows(line, kind, ofKind);
  }
}

function upsertRows(line: Pipeline, kind: Kind, effects: readonly SaveVersion[]): void {
  line.addRows(
    UPSERTS[kind],
    effects.map((effect) => ({ ...keyOf(effect), ...commonOf(effect.body), ...rowOf(effect.body) })),
  );
}

/** The greatest of the user's own and of its sessions'; of an erased user nothing stays. */
const LAST_SIGN_IN_AT = `greatest(x.last_sign_in_at,
  case when not h.erased then 'epoch'::timestamptz + h.signed_in_at_ms * interval '1 millisecond' end)`;

const COMMON = [
  { name: "data", type: "jsonb" },
  { name: "created_at", type: "timestamptz" },
  { name: "updated_at", type: "timestamptz" },
] as const;

function keyOf({ ref, instanceId, version }: SaveVersion): BulkRow {
  return {
    id: ref.id,
    instance_id: instanceId,
    as_of_ms: version.asOfMs,
    rank: version.rank,
    timestamp_ms: version.timestampMs,
    svix_id: version.svixId,
  };
}

function commonOf(body: Body): BulkRow {
  const { createdAtMs, updatedAtMs } = body.value;
  return { data: cleanJson(body.data), created_at: isoTime(createdAtMs), updated_at: isoTime(updatedAtMs) };
}

function quote(name: string): string {
  return `"${name}"`;
}

function assignExcluded(name: string): string {
  return `${quote(name)} = excluded.${quote(name)}`;
}

const UPSERTS = Object.fromEntries(KINDS.map((kind) => [kind, upsertOf(kind)])) as Readonly<Record<Kind, Bulk>>;

function upsertOf(kind: Kind): Bulk {
  const { table, columns } = TABLES[kind];
  const names = [...columns.map(({ name }) => name), "data", "created_at", "updated_at"];
  const definitions = [...columns, ...COMMON].map(({ name, type }) => `${quote(name)} ${type}`).join(", ");
  const values = columns.map(({ name }) => (name === "last_sign_in_at" ? LAST_SIGN_IN_AT : `x.${quote(name)}`));
  return bulkOf(
    `id text, instance_id text, ${VERSION_COLUMNS}, ${definitions}`,
    (rows) => `
      insert into clerk.${table} (id, instance_id, ${names.map(quote).join(", ")}, deleted_at, version_ms, synced_at)
      select x.id, x.instance_id, ${[...values, "x.data", "x.created_at", "x.updated_at"].join(", ")},
        ${instantText("h.deleted_at_ms")}, case when x.as_of_ms < 0 then h.deleted_at_ms else x.as_of_ms end, now()
      from ${rows}
      cross join lateral (select h.deleted_at_ms, h.signed_in_at_ms, h.erased from docket.head h
        where h.kind = '${kind}' and h.id = x.id and h.svix_id = x.svix_id
          and (h.as_of_ms, h.rank, h.timestamp_ms) = (x.as_of_ms, x.rank, x.timestamp_ms) offset 0) h
      on conflict (id) do update set
        ${["instance_id", ...names, "deleted_at", "version_ms", "synced_at"].map(assignExcluded).join(", ")}`,
  );
}
