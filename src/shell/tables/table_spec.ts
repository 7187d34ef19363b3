import type { Json } from "../../core/mod.ts";
import { cleanJson } from "./clean_json.ts";
import type { ColumnType } from "./columns.ts";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A column that shows a field of the value. */
export interface FieldColumn extends Column {
  readonly field: string;
}

/** One table of schema `clerk`. */
export interface TableSpec {
  /** Such as `users`. */
  readonly table: string;
  /** The typed columns alone, without `id`, `data`, `created_at` and what else all tables have. */
  readonly columns: readonly FieldColumn[];
}

/** Column names and what goes into them: `timestamptz` as ISO text, `jsonb` as JSON, texts as Postgres takes them. */
export type Row = Readonly<Record<string, Json>>;

/** Value fields and the types of their columns. */
export type Fields = Readonly<Record<string, ColumnType>>;

export function tableSpec(table: string, fields: Fields): TableSpec {
  return { table, columns: Object.entries(fields).map(([field, type]) => ({ field, name: columnName(field), type })) };
}

/** The typed columns of a table out of a value that has their fields. */
export function rowOfValue(value: object, { columns }: TableSpec): Row {
  const read = value as Readonly<Record<string, Json | undefined>>;
  const row: Record<string, Json> = {};
  for (const { field, name, type } of columns) row[name] = cell(read[field] ?? null, type);
  return row;
}

/** ISO 8601 in UTC, to the millisecond; null for null. */
export function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

function columnName(field: string): string {
  return field.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function cell(json: Json, type: ColumnType): Json {
  return type === "timestamptz" ? isoTime(typeof json === "number" ? json : null) : cleanJson(json);
}
