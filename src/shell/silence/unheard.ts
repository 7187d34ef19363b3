import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { instant } from "../store/sql.ts";
import type { BehindClerk } from "./finding.ts";

/**
 * False once a webhook told of the change or of a later one of the same thing, or once any of its kind came so late
 * that this one must have been lost alone. What a backfill or a reconcile brought does not count: it does not show that
 * webhooks come.
 *
 * @param graceMs How long a webhook may be on its way.
 */
export async function isUnheard(
  db: Kysely<DocketDatabase>,
  { kind, id, atMs }: BehindClerk,
  graceMs: number,
): Promise<boolean> {
  const told = await sql`
    select from docket.log where entity_kind = ${kind} and entity_id = ${id} and source = 'webhook' and told
      and (is_deletion or as_of_ms >= ${atMs}) limit 1`.execute(db);
  if (told.rows.length > 0) return false;
  const lateMs = atMs + graceMs;
  // Of the log only what the rhythm was not learned from: it grows while something stays unheard.
  const later = await sql`
    with unlearned as materialized (
      select entity_kind, source, told from docket.log
      where received_at > ${instant(lateMs)}
        and received_at >= coalesce((select learned_to from docket.silence), ${instant(lateMs)}))
    select 1 from docket.source_rhythm where type like ${`${kind}.%`} and last_at > ${instant(lateMs)}
    union all
    select 1 from unlearned where entity_kind = ${kind} and source = 'webhook' and told
    limit 1`.execute(db);
  return later.rows.length === 0;
}
