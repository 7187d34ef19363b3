import type { Effect } from "effect";
import { type RawBuilder, sql } from "kysely";
import type { Database } from "../database/database.ts";
import { type Page, pageOf } from "./page.ts";
import type { PageQuery } from "./query.ts";
import { type ReadError, reading } from "./read_error.ts";

/** Something that a person did. */
export interface AuditItem {
  readonly id: number;
  readonly at: Date;
  readonly action: string;
  /** A job's key, a policy, a target or a message's id. */
  readonly subject: string;
  /** By which way it was done, such as `api`. */
  readonly actor: string;
}

/** One page of what people did, newest first. */
export function listAudit(query: PageQuery): Effect.Effect<Page<AuditItem>, ReadError, Database> {
  return reading(async (db) => {
    const { rows } = await sql<AuditItem>`
      select id, at, action, subject, actor from docket.audit
      where ${before(query)} order by id desc limit ${query.limit + 1}`.execute(db);
    return pageOf(rows, query.limit, {
      placeOf: ({ at, id }) => ({ atMs: at.getTime(), id: String(id) }),
      itemOf: (row) => row,
    });
  });
}

/** Ids are given in the order of time. */
function before({ before: place }: PageQuery): RawBuilder<unknown> {
  if (place === undefined) return sql`true`;
  if (/^\d{1,15}$/.test(place.id)) return sql`id < ${Number(place.id)}`;
  return sql`at < ${new Date(place.atMs).toISOString()}::text::timestamptz`;
}
