import { type RawBuilder, sql } from "kysely";
import { recordset, type Tx } from "../store/sql.ts";
import type { Column, TableSpec } from "../tables/mod.ts";
import type { Fields } from "./difference.ts";

/** The rows of a table that have these ids, by id, without the time of writing. Times as ISO text. */
export async function readRows(tx: Tx, spec: TableSpec, ids: readonly string[]): Promise<Map<string, Fields>> {
  const wanted = ids.map((id) => ({ id }));
  return readWhere(tx, spec, sql`t.id in (select x.id from ${recordset(wanted, "id text")})`);
}

/** The rows of a table of users' parts: those of the users, and those with the ids. */
export async function readParts(
  tx: Tx,
  spec: TableSpec,
  { users, ids }: { readonly users: readonly string[]; readonly ids: readonly string[] },
): Promise<Map<string, Fields>> {
  const owners = users.map((user_id) => ({ user_id }));
  const ofUsers = sql`t.user_id in (select x.user_id from ${recordset(owners, "user_id text")})`;
  return new Map([...(await readRows(tx, spec, ids)), ...(await readWhere(tx, spec, ofUsers))]);
}

async function readWhere(tx: Tx, spec: TableSpec, where: RawBuilder<unknown>): Promise<Map<string, Fields>> {
  const columns = [...spec.columns, ...COMMON];
  const selected = columns.map(({ name, type }) => (type === "timestamptz" ? msOf(name) : `t."${name}"`));
  const { rows } = await sql<Fields>`
    select t.id, ${sql.raw(selected.join(", "))} from ${sql.table(`clerk.${spec.table}`)} t where ${where}`.execute(tx);
  return new Map(
    rows.map(({ id, ...row }) => {
      const fields = columns.map(({ name, type }) => [name, type === "timestamptz" ? timeOf(row[name]) : row[name]]);
      return [String(id), Object.fromEntries(fields) as Fields];
    }),
  );
}

const COMMON: readonly Column[] = [
  { name: "instance_id", type: "text" },
  { name: "data", type: "jsonb" },
  { name: "created_at", type: "timestamptz" },
  { name: "updated_at", type: "timestamptz" },
  { name: "deleted_at", type: "timestamptz" },
  { name: "version_ms", type: "bigint" },
];

/** With the fraction, so that a time between two milliseconds shows. */
function msOf(column: string): string {
  return `(extract(epoch from t."${column}") * 1000)::float8 as "${column}"`;
}

function timeOf(ms: unknown): string | null {
  return typeof ms === "number" ? timeText(ms) : null;
}

/** ISO 8601 for whole milliseconds that a date can say; anything else as the number it is. */
export function timeText(ms: number): string {
  return Number.isInteger(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}
