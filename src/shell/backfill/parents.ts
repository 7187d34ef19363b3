import { Effect } from "effect";
import { type Kysely, sql } from "kysely";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "../clerk/clerk_failure.ts";
import { statementPage } from "../clerk/list_page.ts";
import type { ListParent } from "../clerk/listing.ts";
import { patiently } from "../clerk/patiently.ts";
import { type DatabaseError, toDatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { readId } from "../decode/read.ts";

/** Some of those that each have a list. */
export interface ParentPage {
  readonly ids: readonly string[];
  /** Where the next ones begin; null after the last. */
  readonly next: string | null;
  /** How many there are in all; null if it is not known. */
  readonly total: number | null;
}

export interface ParentOptions {
  readonly api: ClerkApi;
  readonly db: Kysely<DocketDatabase>;
  readonly instanceId: string;
  /** The `next` of the page before. */
  readonly position: string | null;
}

/** So many at a time: what their lists have is held together. */
const PARENTS = 50;

/** Users and payers as the tables have them, statements as Clerk has them. */
export function parentPage(
  parent: Exclude<ListParent, "instance">,
  { api, db, instanceId, position }: ParentOptions,
): Effect.Effect<ParentPage, ClerkFailure | ClerkNotFound | DatabaseError> {
  switch (parent) {
    case "statement":
      return Effect.map(patiently(statementPage(api, { position, limit: PARENTS })), ({ entities, next, total }) => ({
        ids: entities.flatMap((entity) => readId(entity, "id") ?? []),
        next,
        total,
      }));
    case "user":
      return readIds(db, position, sql`select id from clerk.live_users where instance_id = ${instanceId}`);
    case "payer":
      return readIds(
        db,
        position,
        sql`select distinct coalesce(organization_id, user_id) as id from clerk.subscription_items
          where instance_id = ${instanceId} and coalesce(organization_id, user_id) is not null`,
      );
    default:
      return parent satisfies never;
  }
}

function readIds(
  db: Kysely<DocketDatabase>,
  after: string | null,
  all: ReturnType<typeof sql>,
): Effect.Effect<ParentPage, DatabaseError> {
  return Effect.tryPromise({
    try: async () => {
      const { rows } = await sql<{ id: string }>`
        select p.id from (${all}) as p where p.id > ${after ?? ""} order by p.id limit ${PARENTS}::integer`.execute(db);
      const total = after === null ? await count(db, all) : null;
      return { ids: rows.map(({ id }) => id), next: rows.length < PARENTS ? null : (rows.at(-1)?.id ?? null), total };
    },
    catch: (cause) => toDatabaseError("read whose lists are to be walked", cause),
  });
}

async function count(db: Kysely<DocketDatabase>, all: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from (${all}) as p`.execute(db);
  return rows[0]?.count ?? 0;
}
