import { sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import type { Pipeline } from "./pipeline.ts";
import { recordset } from "./sql.ts";

/**
 * Takes what they are about, and what went wrong with them, from the jobs of sealed entities: it was made of personal
 * data. One under way keeps it to its end; its row is taken hold of all the same, so that whoever ends it sees that its
 * entity is sealed. Level-triggered ones are about what is, and keep theirs.
 */
export function sealJobs(line: Pipeline, refs: readonly EntityRef[]): void {
  if (refs.length === 0) return;
  line.add(sql`
    with sealed as materialized (
      select j.key from docket.job j join ${recordset(refs, "kind text, id text")} on j.kind = x.kind and j.entity = x.id
      where not j.level order by j.key for update of j
    ), emptied as (
      update docket.job j set payload = case when j.phase = 'running' then j.payload else 'null' end, renewed = null,
        last_error = null
      from sealed s where j.key = s.key
    )
    update docket.attempt a set error = null from sealed s where a.key = s.key and a.error is not null`);
}
