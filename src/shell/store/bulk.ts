import { withoutNulls } from "./sql.ts";

/** A row: by column, what goes into it. Instants as ISO text, `jsonb` as JSON; what is absent is null. */
export type BulkRow = Readonly<Record<string, unknown>>;

/** A statement over many rows, which it has as relation `x`. Make one per table, not per batch. */
export interface Bulk {
  readonly columns: readonly BulkColumn[];
  /** The statement, given what stands for the rows behind `from` or `join`. */
  readonly text: (rows: string) => string;
  /** Statements made so far, by number of rows. */
  readonly prepared: Map<number, string>;
}

interface BulkColumn {
  readonly name: string;
  readonly type: string;
}

/** A bulk with its rows. */
export interface BulkStatement {
  readonly bulk: Bulk;
  readonly rows: readonly BulkRow[];
}

export interface BulkQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** @param columns Their definitions, as in `id text, at timestamptz`. Never user input. */
export function bulkOf(columns: string, text: (rows: string) => string): Bulk {
  const parsed = columns.split(",").map((definition) => {
    const [name = "", type = ""] = definition.trim().split(/\s+/);
    return { name: name.replaceAll('"', ""), type };
  });
  return { columns: parsed, text, prepared: new Map() };
}

/**
 * Deletes the rows `t` of a table that belong to the rows `x`, found one by one by an index. They must be under a lock that
 * keeps all others from changing them.
 */
export function deletionOf(
  table: string,
  { columns, where }: { readonly columns: string; readonly where: string },
): Bulk {
  return bulkOf(
    columns,
    (rows) => `
      delete from ${table} d using (
        select g.place from ${rows}
        cross join lateral (select t.ctid as place from ${table} t where ${where} offset 0) g) f
      where d.ctid = f.place`,
  );
}

/** Numbers of rows that statements are prepared for: few, since each is a plan in each session. */
const SIZES = [1, 4, 16, 64] as const;
const SIZE_MAX = 64;

/**
 * The queries that a statement is, in the order of its rows.
 *
 * Where plans are kept, each cell is a parameter: nothing is parsed twice, and the plan is made once. Else all rows are one
 * JSON parameter, since a long statement would be parsed at each run.
 */
export function queriesOf({ bulk, rows }: BulkStatement, keepsPlans: boolean): readonly BulkQuery[] {
  if (!keepsPlans) return [asJson(bulk, rows)];
  const queries: BulkQuery[] = [];
  for (let start = 0; start < rows.length; start += SIZE_MAX) {
    queries.push(asCells(bulk, rows.slice(start, start + SIZE_MAX)));
  }
  return queries;
}

function asJson(bulk: Bulk, rows: readonly BulkRow[]): BulkQuery {
  const definitions = bulk.columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  const sql = bulk.text(`jsonb_to_recordset((select $1::text)::jsonb) as x(${definitions})`);
  return { sql, parameters: [JSON.stringify(rows.map(withoutNulls))] };
}

function asCells(bulk: Bulk, rows: readonly BulkRow[]): BulkQuery {
  const size = SIZES.find((it) => it >= rows.length) ?? SIZE_MAX;
  const { columns } = bulk;
  const parameters = new Array<string | null>(size * columns.length + 1).fill(null);
  let index = 0;
  for (const row of rows) {
    for (const column of columns) parameters[index++] = cellOf(row[column.name] ?? null, column.type);
  }
  parameters[size * columns.length] = String(rows.length);
  return { sql: textOf(bulk, size), parameters };
}

/** Each cell comes as text, so that no driver has a say in how it is written. */
function cellOf(cell: unknown, type: string): string | null {
  if (cell === null) return null;
  if (type === "jsonb") return JSON.stringify(cell);
  return typeof cell === "string" ? cell : String(cell);
}

/** Rows beyond those given are null, and cut off by the limit. */
function textOf(bulk: Bulk, size: number): string {
  const known = bulk.prepared.get(size);
  if (known !== undefined) return known;
  const { columns } = bulk;
  let place = 0;
  const row = (): string =>
    `(${columns.map(({ type }) => (type === "text" ? `$${++place}::text` : `$${++place}::text::${type}`)).join(",")})`;
  const values = Array.from({ length: size }, row).join(",");
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  const text = bulk.text(
    `(select * from (values ${values}) as v(${names}) limit $${size * columns.length + 1}::text::bigint) as x`,
  );
  bulk.prepared.set(size, text);
  return text;
}
