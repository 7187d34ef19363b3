import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "../store/sql.ts";
import type { Wish } from "./claim_jobs.ts";
import { TAKEABLE } from "./conditions.ts";
import type { Now } from "./now.ts";
import type { Handlers } from "./resolve_handlers.ts";

/** Due jobs of one unknown handler that are looked at in one go, and such handlers. */
const JOBS_MAX = 20;
const HANDLERS_MAX = 20;

/**
 * Handlers that due jobs name and this process does not know. Their jobs are taken too, to say so on them: nobody would
 * notice a job that merely waits.
 */
export async function unknownWishes(
  db: Kysely<DocketDatabase>,
  handlers: Handlers,
  now: Now,
): Promise<readonly Wish[]> {
  const known = [...handlers.keys()].map((handler) => ({ handler }));
  const { rows } = await sql<{ handler: string }>`
    with recursive moment as materialized (select ${now()} as now),
    named as (
      (select j.handler from docket.job j where ${TAKEABLE} order by j.handler limit 1)
      union all
      select (select j.handler from docket.job j where ${TAKEABLE} and j.handler > n.handler order by j.handler limit 1)
      from named n where n.handler is not null
    )
    select n.handler from named n
    where n.handler is not null and n.handler not in (select x.handler from ${recordset(known, "handler text")})
      and exists (select from docket.job j, moment m where ${TAKEABLE} and j.handler = n.handler and j.due_at <= m.now)
    limit ${HANDLERS_MAX}`.execute(db);
  return rows.map(({ handler }) => ({ handler, most: JOBS_MAX, ordered: false }));
}
