import { sql } from "kysely";
import { find, type Index, refKey, type SaveVersion } from "../../core/mod.ts";
import { PARTS, type PartIds, type PartTable, partIdsOf, partsOf, type Row } from "../tables/mod.ts";
import { type Bulk, bulkOf, deletionOf } from "./bulk.ts";
import { lastByRef, parted } from "./effects.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantOf, instantText, recordset } from "./sql.ts";
import type { Unheard } from "./write_rows.ts";

const PART_TABLES = Object.keys(PARTS) as readonly PartTable[];

/**
 * Makes the addresses, numbers and accounts of users those of their newest version: what it no longer has, goes.
 * Only for users whose head holds the very version given.
 *
 * A user first heard of now has nothing to lose, and one without a head before has the version given. What others lose
 * is looked for where the version on file had something that the new one lacks, or nobody knows what it had.
 */
export function writeParts(
  line: Pipeline,
  effects: readonly SaveVersion[],
  { before, unheard }: { readonly before: Index; readonly unheard: Unheard },
): void {
  const users = lastByRef(effects).flatMap(({ ref, version, instanceId, body }) =>
    body.kind === "user"
      ? [{ id: ref.id, version, instanceId, parts: partsOf(ref.id, body.value), had: partsBefore(before, ref.id) }]
      : [],
  );
  for (const table of PART_TABLES) {
    const rows = newestById(
      users.flatMap(({ id, version: { asOfMs, svixId }, parts, instanceId }) =>
        parts[table].map((part) => ({
          ...part,
          instance_id: instanceId,
          user_id: id,
          head_as_of_ms: asOfMs,
          head_svix_id: svixId,
        })),
      ),
    );
    const kept = Map.groupBy(rows, ({ user_id }) => user_id);
    const removals = users.flatMap(({ id, version, had }) => {
      const ids = new Set(kept.get(id)?.map((row) => row["id"]));
      if (had !== "unknown" && had[table].every((it) => ids.has(it))) return [];
      const names = Object.fromEntries([...ids].map((it) => [it, 0]));
      return [{ id, svix_id: version.svixId, as_of_ms: version.asOfMs, kept: names }];
    });
    line.addRows(REMOVALS[table], removals);
    const [fresh, known] = parted(rows, ({ user_id }) => unheard.has(refKey({ kind: "user", id: user_id })));
    line.addRows(UPSERTS[table].fresh, fresh);
    line.addRows(UPSERTS[table].known, known);
  }
}

/** The ids of the parts that a user on file has, as the version on file says. */
function partsBefore(before: Index, id: string): PartIds | "unknown" {
  const { entity, told } = find(before, { kind: "user", id });
  if (entity._tag === "Absent") return NO_PARTS;
  const newest =
    entity._tag === "Live" ? told.find(({ version }) => version.svixId === entity.newest.svixId) : undefined;
  return newest?.body?.kind === "user" ? partIdsOf(id, newest.body.value) : "unknown";
}

const NO_PARTS: PartIds = { email_addresses: [], phone_numbers: [], external_accounts: [] };

interface PartRow extends Row {
  readonly user_id: string;
  readonly head_as_of_ms: number;
  readonly head_svix_id: string;
}

/**
 * Clerk never gives one id to two users. Should it, one of them has the row and nothing breaks; which one is not
 * promised, once the other drops it.
 */
function newestById(rows: readonly PartRow[]): readonly PartRow[] {
  const byId = new Map<unknown, PartRow>();
  for (const row of rows) {
    const other = byId.get(row["id"]);
    if (other === undefined || isNewer(row, other)) byId.set(row["id"], row);
  }
  return [...byId.values()];
}

function isNewer(row: PartRow, other: PartRow): boolean {
  return row.head_as_of_ms === other.head_as_of_ms
    ? row.user_id > other.user_id
    : row.head_as_of_ms > other.head_as_of_ms;
}

/** `kept` has ids as its names, since those of an object are found by bisection, and a list is gone through. */
const REMOVALS = Object.fromEntries(
  PART_TABLES.map((table) => [
    table,
    deletionOf(`clerk.${table}`, {
      columns: "id text, svix_id text, as_of_ms bigint, kept jsonb",
      where: `t.user_id = x.id and not x.kept ? t.id and exists (select 1 from docket.head h
        where h.kind = 'user' and h.id = x.id and h.svix_id = x.svix_id and h.as_of_ms = x.as_of_ms offset 0)`,
    }),
  ]),
) as Readonly<Record<PartTable, Bulk>>;

/** Shown as deleted if the user is, and only while the head holds the version given. */
const OF_HEAD = {
  deletedAt: instantText("h.deleted_at_ms"),
  join: `cross join lateral (select h.deleted_at_ms from docket.head h where h.kind = 'user'
    and h.id = x.user_id and h.svix_id = x.head_svix_id and h.as_of_ms = x.head_as_of_ms offset 0) h`,
};

/** The head was made for it; a deletion is shown after this. */
const OF_NEW_HEAD: typeof OF_HEAD = { deletedAt: "null", join: "" };

const PART_COLUMNS =
  "data jsonb, created_at timestamptz, updated_at timestamptz, head_svix_id text, head_as_of_ms bigint";

const UPSERTS = Object.fromEntries(
  PART_TABLES.map((table) => [table, { known: upsertOf(table, OF_HEAD), fresh: upsertOf(table, OF_NEW_HEAD) }]),
) as Readonly<Record<PartTable, { readonly known: Bulk; readonly fresh: Bulk }>>;

function upsertOf(table: PartTable, { deletedAt, join }: typeof OF_HEAD): Bulk {
  const { columns } = PARTS[table];
  const names = [...columns.map(({ name }) => `"${name}"`), "data", "created_at", "updated_at"];
  const definitions = columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  const all = ["instance_id", ...names, "deleted_at", "version_ms", "synced_at"];
  return bulkOf(
    `id text, instance_id text, ${definitions}, ${PART_COLUMNS}`,
    (rows) => `
      insert into clerk.${table} as t (id, instance_id, ${names.join(", ")}, deleted_at, version_ms, synced_at)
      select x.id, x.instance_id, ${names.map((name) => `x.${name}`).join(", ")},
        ${deletedAt}, x.head_as_of_ms, now()
      from ${rows} ${join}
      on conflict (id) do update set ${all.map((name) => `${name} = excluded.${name}`).join(", ")}
      where t.user_id = excluded.user_id or (t.version_ms, t.user_id) < (excluded.version_ms, excluded.user_id)`,
  );
}

/** Ends the parts of deleted users: gone where the user is erased, else marked as deleted. */
export function buryParts(
  line: Pipeline,
  { userIds, erasedIds }: { readonly userIds: readonly string[]; readonly erasedIds: readonly string[] },
): void {
  for (const table of PART_TABLES) {
    line.add(sql`
      delete from ${sql.table(`clerk.${table}`)}
      where user_id in (select x.id from ${recordset(
        erasedIds.map((id) => ({ id })),
        "id text",
      )})`);
    line.add(sql`
      update ${sql.table(`clerk.${table}`)} t set deleted_at = ${instantOf("h.deleted_at_ms")}, synced_at = now()
      from ${recordset(
        userIds.map((id) => ({ id })),
        "id text",
      )}
      join docket.head h on h.kind = 'user' and h.id = x.id
      where t.user_id = x.id`);
  }
}
