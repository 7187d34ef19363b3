import { type RawBuilder, sql } from "kysely";
import { type Place, writeCursor } from "./place.ts";
import type { PageQuery } from "./query.ts";

/** A part of a list that is newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** To be given as `before` for the page after this one. Null: this was the last. */
  readonly next: string | null;
}

/** The order's columns, as SQL. Never user input. */
export interface Order {
  readonly time: string;
  readonly id: string;
}

/**
 * The condition, order and limit of one page. Keyset paging: what is added meanwhile is newer than the page and moves
 * nothing in it. One more row than asked for is read, which tells whether there is a next page.
 */
export function pageClause({ before, limit }: PageQuery, order: Order): RawBuilder<unknown> {
  const [time, id] = [sql.raw(order.time), sql.raw(order.id)];
  // The first half says nothing new, but an index on the time alone serves it.
  const after =
    before === undefined
      ? sql``
      : sql`and ${time} <= ${instantOf(before)} and (${time}, ${id}) < (${instantOf(before)}, ${before.id}::text)`;
  return sql`${after} order by ${time} desc, ${id} desc limit ${limit + 1}`;
}

/** The page out of the rows that were read with {@link pageClause}. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  { placeOf, itemOf }: { readonly placeOf: (row: R) => Place; readonly itemOf: (row: R) => T },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    next: last !== undefined && rows.length > limit ? writeCursor(placeOf(last)) : null,
  };
}

/** As text first: of a parameter that is an instant the driver keeps no more than milliseconds. */
function instantOf({ atMs, micros = 0 }: Place): RawBuilder<Date> {
  const iso = new Date(atMs).toISOString().replace("Z", `${String(micros).padStart(3, "0")}Z`);
  return sql`${iso}::text::timestamptz`;
}
