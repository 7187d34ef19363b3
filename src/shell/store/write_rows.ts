import { type Body, KINDS, type Kind, refKey, type SaveVersion } from "../../core/mod.ts";
import { cleanJson, isoTime, rowOf, TABLES } from "../tables/mod.ts";
import { type Bulk, type BulkRow, bulkOf } from "./bulk.ts";
import { lastByRef, parted } from "./effects.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantText } from "./sql.ts";

const VERSION_COLUMNS = "as_of_ms bigint, rank smallint, timestamp_ms bigint, svix_id text";

/** Entities by `refKey` that had no head when the transaction began: it made theirs itself. */
export type Unheard = Pick<ReadonlySet<string>, "has">;

/**
 * Writes the rows of newly saved versions, one statement a table. A row is written only if its head now holds the
 * very version that the row shows: what `writeVersions` refused can't reach a table either.
 *
 * @param unheard These have no row, and their heads are what this transaction made them: nothing needs to be looked up.
 */
export function writeRows(line: Pipeline, effects: readonly SaveVersion[], unheard: Unheard): void {
  const byKind = Map.groupBy(lastByRef(effects), ({ ref }) => ref.kind);
  for (const kind of KINDS) {
    const [fresh, known] = parted(byKind.get(kind) ?? [], ({ ref }) => unheard.has(refKey(ref)));
    line.addRows(INSERTS[kind], fresh.map(rowFrom));
    line.addRows(UPSERTS[kind], known.map(rowFrom));
  }
}

function rowFrom(effect: SaveVersion): BulkRow {
  return { ...keyOf(effect), ...commonOf(effect.body), ...rowOf(effect.body) };
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

const UPSERTS = bulks((kind) => ({
  deletedAt: instantText("h.deleted_at_ms"),
  versionMs: "case when x.as_of_ms < 0 then h.deleted_at_ms else x.as_of_ms end",
  lastSignInAt: LAST_SIGN_IN_AT,
  join: `cross join lateral (select h.deleted_at_ms, h.signed_in_at_ms, h.erased from docket.head h
    where h.kind = '${kind}' and h.id = x.id and h.svix_id = x.svix_id
      and (h.as_of_ms, h.rank, h.timestamp_ms) = (x.as_of_ms, x.rank, x.timestamp_ms) offset 0) h
    on conflict (id) do update set ${assignments(kind)}`,
}));

/** What is deleted or signed in already is shown after this, by the effects that say so. */
const INSERTS = bulks(() => ({
  deletedAt: "null",
  versionMs: "nullif(x.as_of_ms, -1)",
  lastSignInAt: "x.last_sign_in_at",
  join: "",
}));

interface Shown {
  readonly deletedAt: string;
  readonly versionMs: string;
  readonly lastSignInAt: string;
  /** The rest of the statement. */
  readonly join: string;
}

function bulks(shown: (kind: Kind) => Shown): Readonly<Record<Kind, Bulk>> {
  return Object.fromEntries(KINDS.map((kind) => [kind, bulkFor(kind, shown(kind))])) as Readonly<Record<Kind, Bulk>>;
}

function bulkFor(kind: Kind, { deletedAt, versionMs, lastSignInAt, join }: Shown): Bulk {
  const { table, columns } = TABLES[kind];
  const definitions = [...columns, ...COMMON].map(({ name, type }) => `${quote(name)} ${type}`).join(", ");
  const values = columns.map(({ name }) => (name === "last_sign_in_at" ? lastSignInAt : `x.${quote(name)}`));
  return bulkOf(
    `id text, instance_id text, ${VERSION_COLUMNS}, ${definitions}`,
    (rows) => `
      insert into clerk.${table} (id, instance_id, ${namesOf(kind).map(quote).join(", ")},
        deleted_at, version_ms, synced_at)
      select x.id, x.instance_id, ${[...values, "x.data", "x.created_at", "x.updated_at"].join(", ")},
        ${deletedAt}, ${versionMs}, now()
      from ${rows} ${join}`,
  );
}

function namesOf(kind: Kind): readonly string[] {
  return [...TABLES[kind].columns.map(({ name }) => name), "data", "created_at", "updated_at"];
}

function assignments(kind: Kind): string {
  return ["instance_id", ...namesOf(kind), "deleted_at", "version_ms", "synced_at"].map(assignExcluded).join(", ");
}
