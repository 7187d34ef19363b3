import { sql } from "kysely";

/** A job `j` that may be taken once its time has come. As the partial index `job_due` says it, so that it serves. */
export const TAKEABLE = sql`j.phase = 'pending' and j.wanted and not j.moot
  and (not j.approval or j.approved_at is not null)`;

/** A job `j` that waits for approval. As the partial index `job_held_by_update` says it, so that it serves. */
export const HELD = sql`j.state = 'planned' and j.approval and j.approved_at is null`;

/** Those of a job `j`'s `needs` of which nothing is on file, live or deleted; null if there are none. */
export const UNMET = sql`case when j.needs <> '[]' then (
  select jsonb_agg(jsonb_build_object('kind', n.kind, 'id', n.id))
  from jsonb_to_recordset(j.needs) as n(kind text, id text)
  left join docket.head h on h.kind = n.kind and h.id = n.id
  where h.id is null or (h.svix_id is null and h.deleted_at_ms is null)) end`;
