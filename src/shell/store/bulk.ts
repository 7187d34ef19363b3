import { withoutNulls } from "./sql.ts";

/** A row: by column, what goes into it. Instants as ISO text, `jsonb` as JSON; what is absent is null. */
export type BulkRow = Readonly<Record<string, unknown>>;

/** A statement over many rows, which it has as relation `x`. Make one per table, not per batch. */
export interface Bulk {
  readonly columns: readonly BulkColumn[];
  /** The statement, given what stands for the rows behind `from` or `join`. */
  readonly text: (rows: string) => string;
  /** Statements made so far. */
  readonly forms: Map<string, BulkForm>;
}

interface BulkForm {
  /** The columns that are parameters, in the order of a row's. */
  readonly cells: readonly BulkColumn[];
  readonly sql: string;
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
  return { columns: parsed, text, forms: new Map() };
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
  const form = formOf(bulk, { rows, size });
  const parameters = new Array<string | null>(size * form.cells.length + 1).fill(null);
  let index = 0;
  for (const row of rows) {
    for (const { name, type } of form.cells) parameters[index++] = cellOf(row[name] ?? null, type);
  }
  parameters[size * form.cells.length] = String(rows.length);
  return { sql: form.sql, parameters };
}

/** Each cell comes as text, so that no driver has a say in how it is written. */
function cellOf(cell: unknown, type: string): string | null {
  if (cell === null) return null;
  if (type === "jsonb") return JSON.stringify(cell);
  return typeof cell === "string" ? cell : String(cell);
}

/**
 * The statement for so many rows. Columns that are null in all of them are no parameters: half of a wide row's are, and
 * which they are hardly changes from batch to batch.
 */
function formOf(bulk: Bulk, { rows, size }: { readonly rows: readonly BulkRow[]; readonly size: number }): BulkForm {
  const said = bulk.columns.filter(({ name }) => rows.some((row) => (row[name] ?? null) !== null));
  const key = `${size} ${said.map(({ name }) => name).join(" ")}`;
  const known = bulk.forms.get(key);
  if (known !== undefined) return known;
  const whole = `${size} ${bulk.columns.map(({ name }) => name).join(" ")}`;
  if (bulk.forms.size >= FORMS_MAX)
    return bulk.forms.get(whole) ?? keep(bulk, { key: whole, size, cells: bulk.columns });
  return keep(bulk, { key, size, cells: said });
}

/** Statements of one bulk that are kept, before all columns are always parameters: each is a plan in each session. */
const FORMS_MAX = 8;

interface FormOptions {
  readonly size: number;
  readonly cells: readonly BulkColumn[];
}

function keep(bulk: Bulk, { key, size, cells }: FormOptions & { readonly key: string }): BulkForm {
  const form = { cells, sql: bulk.text(relationOf(bulk, { size, cells })) };
  bulk.forms.set(key, form);
  return form;
}

/** Rows beyond those given are null, and cut off by the limit. */
function relationOf({ columns }: Bulk, { size, cells }: FormOptions): string {
  let place = 0;
  const row = (): string =>
    `(${cells.map(({ type }) => (type === "text" ? `$${++place}::text` : `$${++place}::text::${type}`)).join(",")})`;
  const values = Array.from({ length: size }, row).join(",");
  const names = cells.map(({ name }) => `"${name}"`).join(", ");
  const selected = columns.map((it) => (cells.includes(it) ? `"${it.name}"` : `null::${it.type} as "${it.name}"`));
  const limit = `limit $${size * cells.length + 1}::text::bigint`;
  return `(select ${selected.join(", ")} from (values ${values}) as v(${names}) ${limit}) as x`;
}
