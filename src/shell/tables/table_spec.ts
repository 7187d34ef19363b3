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
  const read = new Map<string, Json>(Object.entries(value));
  return Object.fromEntries(
    Object.entries(fields).map(([field, type]) => [columnName(field), cell(read.get(field) ?? null, type)]),
  );
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
