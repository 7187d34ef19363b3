import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { settle } from "../database/session_dialect.ts";

/** A transaction of ours. On PGlite the outer connection must never be used inside one: it would wait for ever. */
export type Tx = Transaction<DocketDatabase>;

/** Runs a transaction; a `dry` one is taken back when it has come to its end. */
export async function inTransaction<T>(
  db: Kysely<DocketDatabase>,
  { dry }: { readonly dry: boolean },
  run: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (!dry) return db.transaction().execute(run);
  const ended: { value?: T } = {};
  await db
    .transaction()
    .execute(async (tx) => {
      ended.value = await run(tx);
      await settle(tx);
      throw DRY;
    })
    .catch((cause: unknown) => {
      if (cause !== DRY) throw cause;
    });
  return ended.value as T;
}

const DRY = new Error("a dry run is taken back");

/**
 * Many rows as one parameter, in the one form that both databases take (text first, then jsonb).
 *
 * @param columns The record's column definitions, as in `id text, at timestamptz`. Never user input.
 */
export function recordset(rows: readonly object[], columns: string): RawBuilder<unknown> {
  return sql`jsonb_to_recordset((select ${JSON.stringify(rows)}::text)::jsonb) as x(${sql.raw(columns)})`;
}

/** A wide row for `recordset` without its nulls: a name that a record lacks reads as null, and most columns are. */
export function withoutNulls(row: Readonly<Record<string, unknown>>): object {
  const said: Record<string, unknown> = {};
  for (const name in row) {
    if (row[name] !== null) said[name] = row[name];
  }
  return said;
}

/** The milliseconds of a column that is an instant; null for null. */
export function msOf(column: string): RawBuilder<number | null> {
  return sql`(extract(epoch from ${sql.raw(column)}) * 1000)::bigint`;
}

/** As `instantOf`, for statements that are text. */
export function instantText(column: string): string {
  return `'epoch'::timestamptz + ${column} * interval '1 millisecond'`;
}

/** The instant of a column of milliseconds; null for null. Exact, unlike `to_timestamp` of a fraction. */
export function instantOf(column: string): RawBuilder<Date | null> {
  return sql.raw(instantText(column));
}

/** A moment in SQL, to the millisecond. */
export function instant(atMs: number): RawBuilder<Date> {
  return sql`('epoch'::timestamptz + ${Math.round(atMs)}::bigint * interval '1 millisecond')`;
}
