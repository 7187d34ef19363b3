import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { BREAKER_ADVICE, DEAD_ADVICE, named, QUARANTINED_ADVICE, STOPPED_ADVICE } from "../stats/advice.ts";
import { type Check, ok, warning } from "./check.ts";

/** What waits for a person. */
interface Waiting {
  readonly dead: readonly { readonly policy: string; readonly jobs: number }[];
  readonly breakers: readonly string[];
  readonly policies: readonly string[];
  readonly quarantined: number;
}

/** Of dead jobs and of quarantined messages, beyond which it only says that there are more. */
const COUNTED_MAX = 100_000;

/** Were jobs given up, do targets fail, were policies stopped, is there what was not understood? */
export async function checkWork(db: Kysely<DocketDatabase>): Promise<readonly Check[]> {
  const { rows } = await sql<Waiting>`
    select
      coalesce((select jsonb_agg(d order by d.jobs desc, d.policy) from (
        select policy, count(*)::int as jobs from (
          select policy from docket.job where state = 'dead' limit ${COUNTED_MAX}) j group by policy) d), '[]') as dead,
      coalesce((select jsonb_agg(target order by target) from docket.breaker where opened_at is not null), '[]')
        as breakers,
      coalesce((select jsonb_agg(policy order by policy) from docket.policy_stop where stopped_at is not null), '[]')
        as policies,
      (select count(*) from (
        select from docket.message where outcome = 'quarantined' limit ${COUNTED_MAX}) q)::int as quarantined`.execute(
    db,
  );
  const [waiting] = rows;
  return waiting === undefined ? [] : toChecks(waiting);
}

function toChecks({ dead, breakers, policies, quarantined }: Waiting): readonly Check[] {
  const deadJobs = dead.reduce((sum, { jobs }) => sum + jobs, 0);
  const checks = [
    deadJobs > 0 &&
      warning("jobs", {
        detail: `${deadJobs} given up: ${named(dead.map(({ policy, jobs }) => `${jobs} of ${policy}`))}`,
        advice: DEAD_ADVICE,
      }),
    policies.length > 0 &&
      warning("policies", {
        detail: `stopped, since too many jobs came at once: ${named(policies)}`,
        advice: STOPPED_ADVICE,
      }),
    breakers.length > 0 &&
      warning("targets", {
        detail: `failing, and left alone: ${named(breakers)}`,
        advice: BREAKER_ADVICE,
      }),
    quarantined > 0 &&
      warning("messages", {
        detail: `${quarantined} on file that were not understood`,
        advice: QUARANTINED_ADVICE,
      }),
  ].filter((check) => check !== false);
  return checks.length > 0 ? checks : [ok("work", "no job was given up, no target fails, no policy is stopped")];
}
