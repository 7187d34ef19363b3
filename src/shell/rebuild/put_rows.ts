import { type RawBuilder, sql } from "kysely";
import type { EntityRef, Kind } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { PARTS, type PartTable, TABLES } from "../tables/mod.ts";
import type { EntityRows } from "./entity_rows.ts";
import { CHANGES, entityTable, HEADS, LINKS, type RebuiltTable } from "./rebuilt_table.ts";
import { sideOf } from "./side_schema.ts";

const PART_TABLES = Object.keys(PARTS) as readonly PartTable[];

/** The new rows of a table, aliased `s`. */
type Source = (table: RebuiltTable) => RawBuilder<unknown>;

/** Puts rows of entities of one kind into the side schema. `fresh`: none of them is there yet. */
export async function putAside(
  tx: Tx,
  entities: readonly EntityRows[],
  { kind, fresh }: { readonly kind: Kind; readonly fresh: boolean },
): Promise<void> {
  if (entities.length === 0) return;
  const source = madeRows(entities);
  const refs = entities.map(({ ref }) => ref);
  for (const table of [...tablesOf(kind), CHANGES, HEADS, LINKS]) {
    const side = sql.table(sideOf(table.name));
    if (!fresh) {
      await sql`
        delete from ${side} t using ${recordset(refs, "kind text, id text")} where ${belongs(table, "t")}`.execute(tx);
    }
    await sql`insert into ${side} (${names(table)}) select ${names(table, "s")} from ${source(table)}`.execute(tx);
  }
}

/** Entities of one kind, and where their rows come from. Their heads are locked. */
export interface Putting {
  readonly kind: Kind;
  readonly entities: readonly {
    readonly ref: EntityRef;
    /** Edges whose lines of the change log stay. */
    readonly lost: readonly string[];
  }[];
  readonly source: Source;
}

/**
 * Makes all that these entities have in the tables in use those rows: row, parts, change log, head. A row that is there
 * is changed in place, where it differs: whatever refers to it goes on doing so. Links are only added, as everywhere.
 */
export async function putLive(tx: Tx, { kind, entities, source }: Putting): Promise<void> {
  if (entities.length === 0) return;
  const refs = entities.map(({ ref }) => ref);
  const lost = entities.flatMap((it) => it.lost.map((intent) => ({ ...it.ref, intent })));
  for (const table of tablesOf(kind)) {
    await deleteOthers(tx, table, { refs, source });
    await upsert(tx, table, { source, guard: table.idColumn === "user_id" ? sql.raw(NEWER_OWNER) : sql`true` });
  }
  await deleteOthers(tx, CHANGES, { refs, source, but: lost });
  await upsert(tx, CHANGES, { source, guard: sql`true` });
  await upsert(tx, LINKS, { source, guard: sql`true` });
  await upsert(tx, HEADS, { source, guard: sql`true` });
}

/** Two users never have one part. Should they, the newer has it, as where parts are written else. */
const NEWER_OWNER = `t.user_id = excluded.user_id
  or (t.version_ms, t.user_id) < (excluded.version_ms, excluded.user_id)`;

interface Deleting {
  readonly refs: readonly EntityRef[];
  readonly source: Source;
  readonly but?: readonly object[];
}

async function deleteOthers(tx: Tx, table: RebuiltTable, { refs, source, but = [] }: Deleting): Promise<void> {
  const kept =
    but.length === 0
      ? sql`true`
      : sql`(t.entity_kind, t.entity_id, t.intent) not in (
          select k.kind, k.id, k.intent
          from jsonb_to_recordset(${JSON.stringify(but)}::text::jsonb) as k(kind text, id text, intent text))`;
  await sql`
    delete from ${sql.table(table.name)} t using ${recordset(refs, "kind text, id text")}
    where ${belongs(table, "t")} and ${kept}
      and not exists (select from ${source(table)} where (${owned(table, "s")}) = (${owned(table, "t")}))`.execute(tx);
}

/** Takes away what these users have of parts that by the side schema are not theirs. Before anybody is given one. */
export async function deleteStrays(tx: Tx, users: readonly EntityRef[]): Promise<void> {
  for (const table of tablesOf("user").filter(({ idColumn }) => idColumn === "user_id")) {
    await sql`
      delete from ${sql.table(table.name)} t using ${recordset(users, "kind text, id text")}
      where ${belongs(table, "t")}
        and not exists (select from ${sql.table(sideOf(table.name))} s where s.id = t.id and s.user_id = t.user_id)`.execute(
      tx,
    );
  }
}

interface Upserting {
  readonly source: Source;
  /** Which of two rows stays. */
  readonly guard: RawBuilder<unknown>;
}

async function upsert(tx: Tx, table: RebuiltTable, { source, guard }: Upserting): Promise<void> {
  const values = table.columns.filter((name) => !table.unique.includes(name));
  const set = values.map((name) => `"${name}" = excluded."${name}"`);
  const stamped = table.kindColumn === null ? [...set, "synced_at = now()"] : set;
  const list = (alias: string): RawBuilder<unknown> => sql.raw(values.map((name) => `${alias}."${name}"`).join(", "));
  const update =
    values.length === 0
      ? sql`nothing`
      : sql`update set ${sql.raw(stamped.join(", "))}
          where (${guard}) and (${list("t")}) is distinct from (${list("excluded")})`;
  await sql`
    insert into ${sql.table(table.name)} as t (${names(table)}) select ${names(table, "s")} from ${source(table)}
    on conflict (${keys(table)}) do ${update}`.execute(tx);
}

/** Rows made of messages. */
export function madeRows(entities: readonly EntityRows[]): Source {
  return (table) => {
    const rows = newestById(
      table,
      entities.flatMap((it) => rowsIn(table, it)),
    );
    return sql`jsonb_populate_recordset(null::${sql.table(table.name)}, (select ${JSON.stringify(rows)}::text)::jsonb) s`;
  };
}

/** Rows that these entities have in the side schema. */
export function sideRows(refs: readonly EntityRef[]): Source {
  return (table) => {
    const one = table.idColumn === "user_id" ? sql.raw("distinct on (s.id)") : sql``;
    const order = table.idColumn === "user_id" ? sql.raw("order by s.id, s.version_ms desc, s.user_id desc") : sql``;
    return sql`(select ${one} s.* from ${sql.table(sideOf(table.name))} s
      join ${recordset(refs, "kind text, id text")} on ${belongs(table, "s")} ${order}) s`;
  };
}

function newestById(table: RebuiltTable, rows: readonly Row[]): readonly Row[] {
  if (table.idColumn !== "user_id") return rows;
  const sorted = rows.toSorted((left, right) => Number(left["version_ms"]) - Number(right["version_ms"]));
  return [...new Map(sorted.map((row) => [row["id"], row])).values()];
}

type Row = Readonly<Record<string, unknown>>;

function rowsIn(table: RebuiltTable, { row, parts, head, links, changes }: EntityRows): readonly Row[] {
  if (table === CHANGES) return changes;
  if (table === HEADS) return head === null ? [] : [head];
  if (table === LINKS) return links;
  const part = PART_TABLES.find((it) => table.name === `clerk.${it}`);
  if (part !== undefined) return parts[part];
  return row === null ? [] : [row];
}

/** The tables with the rows of a kind. */
function tablesOf(kind: Kind): readonly RebuiltTable[] {
  const own = entityTable(TABLES[kind], "id");
  return kind === "user" ? [own, ...PART_TABLES.map((part) => entityTable(PARTS[part], "user_id"))] : [own];
}

/** That a row belongs to the entity `x`. */
function belongs({ kindColumn, idColumn }: RebuiltTable, alias: string): RawBuilder<unknown> {
  const isKind = kindColumn === null ? "" : `${alias}.${kindColumn} = x.kind and `;
  return sql.raw(`${isKind}${alias}.${idColumn} = x.id`);
}

function names({ columns }: RebuiltTable, alias?: string): RawBuilder<unknown> {
  return sql.raw(columns.map((name) => (alias === undefined ? `"${name}"` : `${alias}."${name}"`)).join(", "));
}

/** What makes a row one, and whose it is: another user's part is not the same. */
function owned(table: RebuiltTable, alias: string): RawBuilder<unknown> {
  return table.idColumn === "user_id" ? sql.raw(`${alias}.id, ${alias}.user_id`) : keys(table, alias);
}

function keys({ unique }: RebuiltTable, alias?: string): RawBuilder<unknown> {
  return sql.raw(unique.map((name) => (alias === undefined ? `"${name}"` : `${alias}."${name}"`)).join(", "));
}
