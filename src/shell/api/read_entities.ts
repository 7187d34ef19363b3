import type { Effect } from "effect";
import { type Kysely, sql } from "kysely";
import type { EntityRef, Json, Kind } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { TABLES } from "../tables/mod.ts";
import { type Page, pageOf } from "./page.ts";
import { isName, type PageQuery } from "./query.ts";
import { type ReadError, reading } from "./read_error.ts";

/** A row of schema `clerk`, as the API shows it. */
export interface EntityItem {
  readonly kind: Kind;
  readonly id: string;
  readonly state: "live" | "deleted";
  readonly deletedAt: Date | null;
  /** As of when the row shows the entity, milliseconds since the Unix epoch. */
  readonly version: number | null;
  /** The row by column. In a list without its column `data`, the newest payload. */
  readonly data: Readonly<Record<string, Json | Date>>;
}

interface EntityRow {
  readonly id: string;
  readonly deleted_at: Date | null;
  readonly version_ms: number | null;
  readonly [column: string]: Json | Date;
}

/**
 * One page of a kind's rows, the greatest id first: Clerk's ids begin with the second of their creation (KSUID), so the
 * newest first. What changes meanwhile stays in its place.
 */
export function listEntities(kind: Kind, query: PageQuery): Effect.Effect<Page<EntityItem>, ReadError, Database> {
  return reading(async (db) => {
    const { before, limit } = query;
    const { rows } = await sql<EntityRow>`
      select ${columnsOf(kind, [])} from ${sql.table(`clerk.${TABLES[kind].table}`)} t
      where ${before === undefined ? sql`true` : sql`t.id < ${before.id}`}
      order by t.id desc limit ${limit + 1}`.execute(db);
    return pageOf(rows, limit, { placeOf: ({ id }) => ({ atMs: 0, id }), itemOf: (row) => itemOf(kind, { ...row }) });
  });
}

/** The row of an entity, deleted or not. Null: there is none. */
export function findEntity(ref: EntityRef): Effect.Effect<EntityItem | null, ReadError, Database> {
  return reading((db) => readEntity(db, ref));
}

/** As {@link findEntity}, within whatever `db` is. */
export async function readEntity(db: Kysely<DocketDatabase>, { kind, id }: EntityRef): Promise<EntityItem | null> {
  if (!isName(id)) return null;
  const { rows } = await sql<EntityRow>`
    select ${columnsOf(kind, ["data"])} from ${sql.table(`clerk.${TABLES[kind].table}`)} t
    where t.id = ${id}`.execute(db);
  return rows.map((row) => itemOf(kind, { ...row }))[0] ?? null;
}

function columnsOf(kind: Kind, extra: readonly string[]): ReturnType<typeof sql.join> {
  const typed = TABLES[kind].columns.map(({ name }) => name);
  const common = ["created_at", "updated_at", "deleted_at", "version_ms", "synced_at"];
  return sql.join(["id", "instance_id", ...typed, ...extra, ...common].map((name) => sql.ref(`t.${name}`)));
}

function itemOf(kind: Kind, row: EntityRow): EntityItem {
  const { id, deleted_at, version_ms } = row;
  return {
    kind,
    id,
    state: deleted_at === null ? "live" : "deleted",
    deletedAt: deleted_at,
    version: version_ms,
    data: row,
  };
}
