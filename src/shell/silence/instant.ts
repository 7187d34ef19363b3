import { type RawBuilder, sql } from "kysely";

/** A moment in SQL, to the millisecond. */
export function instant(atMs: number): RawBuilder<Date> {
  return sql`('epoch'::timestamptz + ${Math.round(atMs)}::bigint * interval '1 millisecond')`;
}
