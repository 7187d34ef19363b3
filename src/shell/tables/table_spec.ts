import type { Json } from "../../core/mod.ts";
import { cleanJson } from "./clean_json.ts";
import type { ColumnType } from "./columns.ts";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One table of schema `clerk`. */
export interface TableSpec {
  /** Such as `users`. */
  readonly table: string;
  /** The typed columns alone, without `id`, `data`, `created_at` and what else all tables have. */
  readonly columns: readonly Column[];
}

/** Column names and what goes into them: `timestamptz` as ISO text, `jsonb` as JSON, texts as Postgres takes them. */
export type Row = Readonly<Record<string, Json>>;

/** Value fields and the types of their columns. */
export type Fields = Readonly<Record<string, ColumnType>>;

export function tableSpec(table: string, fields: Fields): TableSpec {
  return { table, columns: Object.entries(fields).map(([field, type]) => ({ name: columnName(field), type })) };
}

/** The columns of `fields` out of a value that has these fields. */
export function rowOfFields(value: object, fields: Fields): Row {
  const read = value as Readonly<Record<string, Json | undefined>>;
  const row: Record<string, Json> = {};
  for (const field in fields) {
    const type = fields[field];
    if (type !== undefined) row[columnName(field)] = cell(read[field] ?? null, type);
  }
  return row;
}

/** ISO 8601 in UTC, to the millisecond; null for null. */
export function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

/** The names made so far: there are some two hundred fields, and each message needs many of them. */
const NAMES = new Map<string, string>();

function columnName(field: string): string {
  const known = NAMES.get(field);
  if (known !== undefined) return known;
  const name = field.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  NAMES.set(field, name);
  return name;
}

function cell(json: Json, type: ColumnType): Json {
  return type === "timestamptz" ? isoTime(typeof json === "number" ? json : null) : cleanJson(json);
}
