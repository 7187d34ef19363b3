import { type RawBuilder, sql, type Transaction } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";

/** A transaction of ours. On PGlite the outer connection must never be used inside one: it would wait for ever. */
export type Tx = Transaction<DocketDatabase>;

/**
 * Many rows as one parameter, in the one form that both databases take (text first, then jsonb).
 *
 * @param columns The record's column definitions, as in `id text, at timestamptz`. Never user input.
 */
export function recordset(rows: readonly object[], columns: string): RawBuilder<unknown> {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(${sql.raw(columns)})`;
}

/** The milliseconds of a column that is an instant; null for null. */
export function msOf(column: string): RawBuilder<number | null> {
  return sql`(extract(epoch from ${sql.raw(column)}) * 1000)::bigint`;
}

/** The instant of a column of milliseconds; null for null. Exact, unlike `to_timestamp` of a fraction. */
export function instantOf(column: string): RawBuilder<Date | null> {
  return sql`'epoch'::timestamptz + ${sql.raw(column)} * interval '1 millisecond'`;
}
