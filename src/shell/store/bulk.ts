import { withoutNulls } from "./sql.ts";

/** A row: by column, what goes into it. Instants as ISO text, `jsonb` as JSON; what is absent is null. */
export type BulkRow = Readonly<Record<string, unknown>>;

/** A statement over many rows, which it has as relation `x`. Make one per table, not per batch. */
export interface Bulk {
  readonly columns: readonly BulkColumn[];
  /** The statement over rows that come as lines, and as JSON. */
  readonly asLines: string;
  readonly asJson: string;
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
  readonly parameters: readonly string[];
}

/**
 * @param columns Their definitions, two at least, as in `id text, at timestamptz`. Never user input.
 * @param text The statement, given what stands for the rows behind `from` or `join`.
 */
export function bulkOf(columns: string, text: (rows: string) => string): Bulk {
  const parsed = columns.split(",").map((definition) => {
    const [name = "", type = ""] = definition.trim().split(/\s+/);
    return { name: name.replaceAll('"', ""), type };
  });
  return { columns: parsed, asLines: text(relationOfLines(parsed)), asJson: text(relationOfJson(parsed)) };
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

/**
 * The query that a statement is. All rows are one parameter, so that there is one plan for any number of them: as lines
 * of cells, which both ends write and read in a fraction of the time of JSON, unless a cell has a character that sets
 * cells apart.
 */
export function queryOf({ bulk, rows }: BulkStatement): BulkQuery {
  const lines = linesOf(bulk, rows);
  if (lines !== null) return { sql: bulk.asLines, parameters: [lines] };
  return { sql: bulk.asJson, parameters: [JSON.stringify(rows.map(withoutNulls))] };
}

const CELL_END = "\u001f";
/** Between two lines, as a cell of its own. Long, since PostgreSQL looks for what is long in long strides. */
const LINE_END = "\u001e".repeat(14);
const NULL = "\u001d";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what text hardly ever has
const SPECIAL = /[\u001d-\u001f]/;

/** Null if the rows can't be said so. */
function linesOf({ columns }: Bulk, rows: readonly BulkRow[]): string | null {
  const cells: string[] = [];
  for (const row of rows) {
    if (cells.length > 0) cells.push(LINE_END);
    for (const { name, type } of columns) {
      const cell = row[name] ?? null;
      if (cell === null) cells.push(NULL);
      // JSON escapes all control characters.
      else if (type === "jsonb") cells.push(JSON.stringify(cell));
      else if (typeof cell !== "string") cells.push(String(cell));
      else if (SPECIAL.test(cell)) return null;
      else cells.push(cell);
    }
  }
  return cells.join(CELL_END);
}

/** `offset 0`, so that a line is taken apart once and not for each of its cells, and a cell read once and not at each use. */
function relationOfLines(columns: readonly BulkColumn[]): string {
  const cells = columns.map(({ name, type }, index) => `cells[${index + 1}]::${type} as "${name}"`);
  return `(
    select ${cells.join(", ")} from (
      select string_to_array(line, chr(31), chr(29)) as cells
      from unnest(string_to_array($1::text, chr(31) || repeat(chr(30), ${LINE_END.length}) || chr(31))) as line
      offset 0) as lines offset 0) as x`;
}

function relationOfJson(columns: readonly BulkColumn[]): string {
  const definitions = columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  return `jsonb_to_recordset((select $1::text)::jsonb) as x(${definitions})`;
}
