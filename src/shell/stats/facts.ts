import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { readSilence, type SilenceState } from "../silence/silence_state.ts";
import { COUNTED_MAX } from "./count_jobs.ts";

/** What may need a person, but for the numbers of jobs. */
export interface Facts {
  readonly silence: SilenceState | null;
  readonly lastReceivedAt: Date | null;
  /** Policies with dead jobs, those with most first. */
  readonly dead: readonly { readonly policy: string; readonly jobs: number }[];
  readonly breakers: readonly string[];
  readonly stopped: readonly string[];
  /** Policies that threw for edges that are still not planned. */
  readonly faults: readonly string[];
  /** Up to 10,000. */
  readonly quarantined: number;
  /** Names that Docket does not know yet. */
  readonly drift: number;
}

const NAMES_MAX = 100;
/** Looked through for the last webhook, as a backfill may lie on top of it. */
const NEWEST_MAX = 1_000;

export async function readFacts(db: Kysely<DocketDatabase>): Promise<Facts> {
  const silence = await readSilence(db);
  const { rows } = await sql<Omit<Facts, "silence">>`
    select
      coalesce((select max(received_at) from (
        select received_at, source from docket.log order by received_at desc limit ${NEWEST_MAX}) l
        where source = 'webhook'), (select last_at from docket.source_rhythm where type = '')) as "lastReceivedAt",
      coalesce((select jsonb_agg(d order by d.jobs desc, d.policy) from (
        select policy, count(*)::int as jobs from (
          select policy from docket.job where state = 'dead' limit ${COUNTED_MAX}) j
        group by policy order by jobs desc, policy limit ${NAMES_MAX}) d), '[]') as dead,
      coalesce((select jsonb_agg(target order by target) from (
        select target from docket.breaker where opened_at is not null limit ${NAMES_MAX}) b), '[]') as breakers,
      coalesce((select jsonb_agg(policy order by policy) from (
        select policy from docket.policy_stop where stopped_at is not null limit ${NAMES_MAX}) p), '[]') as stopped,
      coalesce((select jsonb_agg(distinct policy) from (
        select policy from docket.plan_fault limit ${COUNTED_MAX}) f), '[]') as faults,
      (select count(*) from (
        select from docket.message where outcome = 'quarantined' limit ${COUNTED_MAX}) q)::int as quarantined,
      (select count(*) from docket.drift)::int as drift`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("The database answered no facts");
  return { silence, ...row };
}
