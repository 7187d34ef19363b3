import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../../src/shell/database/schema.ts";
import { TABLES } from "../../src/shell/tables/mod.ts";
import type { ShownRow } from "./mirror.ts";

/** The tables of a database in the oracle's terms. */
export async function rowsOfDatabase(db: Kysely<DocketDatabase>): Promise<ReadonlyMap<string, ShownRow>> {
  const rows = new Map<string, ShownRow>();
  for (const { table } of Object.values(TABLES)) {
    const { rows: found } = await sql<{ id: string } & ShownRow>`
      select id, data, ${sql.raw(msOf("deleted_at"))} as "deletedAtMs", ${sql.raw(msOf("updated_at"))} as "updatedAtMs",
        ${sql.raw(table === "users" ? msOf("last_sign_in_at") : "null::bigint")} as "lastSignInAtMs"
      from ${sql.table(`clerk.${table}`)}`.execute(db);
    for (const { id, ...row } of found) rows.set(`${table}/${id}`, row);
  }
  return rows;
}

/** Everything that the tables of schema `clerk` hold, but for the time of writing, as text that can be compared. */
export async function dumpOfTables(db: Kysely<DocketDatabase>): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'clerk' order by tablename`.execute(db);
  const dump: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      select (to_jsonb(t) - 'synced_at')::text as row from ${sql.table(`clerk.${name}`)} t order by 1`.execute(db);
    if (rows.length > 0) dump[name] = rows.map(({ row }) => row);
  }
  return dump;
}

function msOf(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::bigint`;
}
