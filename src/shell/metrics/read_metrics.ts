import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { OTHER } from "../signals/label_counts.ts";
import { COUNTED_MAX } from "../stats/count_jobs.ts";
import { HELD, TAKEABLE } from "../work/conditions.ts";
import type { Metric, Sample } from "./exposition.ts";

interface Facts {
  readonly silent: number;
  readonly checkedAt: number | null;
  readonly planned: number;
  readonly held: number;
  readonly running: number;
  readonly dead: number;
  readonly oldestDueSeconds: number;
  readonly openBreakers: number;
  readonly stoppedPolicies: number;
  readonly faults: number;
  readonly quarantined: number;
  readonly drift: number;
  readonly payloadsDropped: number;
  readonly byPolicy: readonly PolicyJobs[];
  readonly breakers: readonly Breakers[];
  readonly stopped: readonly string[];
}

interface PolicyJobs {
  readonly policy: string;
  readonly state: string;
  readonly jobs: number;
}

interface Breakers {
  readonly handler: string;
  readonly open: number;
  readonly failing: number;
}

/** Policies and handlers with a label of their own. Their names are the config's. */
const NAMED_MAX = 100;

/**
 * What the database knows. Each number comes from an index that holds only what is counted; those by policy from no more
 * than 10,000 jobs of each state.
 */
export async function readMetrics(db: Kysely<DocketDatabase>): Promise<readonly Metric[]> {
  const { rows } = await sql<Facts>`
    select
      (select count(*) from docket.silence where silent_since is not null)::int as silent,
      (select extract(epoch from checked_at)::float8 from docket.silence) as "checkedAt",
      (select count(*) from docket.job j where ${TAKEABLE})::int as planned,
      (select count(*) from docket.job j where ${HELD})::int as held,
      (select count(*) from docket.job where phase = 'running')::int as running,
      (select count(*) from docket.job where state = 'dead')::int as dead,
      (select coalesce(extract(epoch from clock_timestamp() - min(j.due_at)), 0)::float8 from docket.job j
        where ${TAKEABLE} and j.due_at <= clock_timestamp()) as "oldestDueSeconds",
      (select count(*) from docket.breaker where opened_at is not null)::int as "openBreakers",
      (select count(*) from docket.policy_stop where stopped_at is not null)::int as "stoppedPolicies",
      (select count(*) from (select from docket.plan_fault limit ${COUNTED_MAX}) f)::int as faults,
      (select count(*) from docket.message where outcome = 'quarantined')::int as quarantined,
      (select count(*) from docket.drift)::int as drift,
      coalesce((select (value::jsonb ->> 'dropped')::float8 from docket.setting where key = 'retention'), 0)
        as "payloadsDropped",
      (select coalesce(jsonb_agg(p order by p.policy, p.state), '[]') from (
        select policy, state, count(*)::int as jobs from (
          (select j.policy, 'planned' as state from docket.job j where ${TAKEABLE} limit ${COUNTED_MAX})
          union all (select policy, 'held' from docket.job j where ${HELD} limit ${COUNTED_MAX})
          union all (select policy, 'running' from docket.job where phase = 'running' limit ${COUNTED_MAX})
          union all (select policy, 'dead' from docket.job where state = 'dead' limit ${COUNTED_MAX})) j
        group by policy, state) p) as "byPolicy",
      (select coalesce(jsonb_agg(b order by b.handler), '[]') from (
        select handler, (count(*) filter (where opened_at is not null))::int as open,
          (count(*) filter (where opened_at is null and failures > 0))::int as failing
        from docket.breaker group by handler) b) as breakers,
      (select coalesce(jsonb_agg(policy order by policy), '[]') from docket.policy_stop
        where stopped_at is not null) as stopped`.execute(db);
  const [facts] = rows;
  return facts === undefined ? [] : toMetrics(facts);
}

function toMetrics(facts: Facts): readonly Metric[] {
  const { planned, held, running, dead } = facts;
  const states = Object.entries({ planned, held, running, dead });
  return [
    gauge("docket_source_silent", "1 while Clerk's webhooks have stopped coming, else 0.", facts.silent),
    gauge(
      "docket_silence_checked_timestamp_seconds",
      "When the silence watch last looked; 0 if it never did.",
      facts.checkedAt ?? 0,
    ),
    {
      name: "docket_jobs",
      type: "gauge",
      help: "Jobs that may run (planned), wait for approval (held), run, or were given up (dead).",
      samples: states.map(([state, value]) => ({ labels: { state }, value })),
    },
    {
      name: "docket_policy_jobs",
      type: "gauge",
      help: "The same by policy, of up to 10,000 jobs of each state.",
      samples: policySamples(facts.byPolicy),
    },
    gauge("docket_jobs_oldest_due_seconds", "How long the oldest due job has been due.", facts.oldestDueSeconds),
    gauge("docket_breakers_open", "Targets that fail and are left alone.", facts.openBreakers),
    {
      name: "docket_breakers",
      type: "gauge",
      help: "Breakers of targets by handler: open, or failing and still closed.",
      samples: facts.breakers.slice(0, NAMED_MAX).flatMap(({ handler, open, failing }) => [
        { labels: { handler, state: "open" }, value: open },
        { labels: { handler, state: "failing" }, value: failing },
      ]),
    },
    gauge("docket_policies_stopped", "Policies that were stopped and wait for a person.", facts.stoppedPolicies),
    {
      name: "docket_policy_stopped",
      type: "gauge",
      help: "1 for each policy that is stopped.",
      samples: facts.stopped.slice(0, NAMED_MAX).map((policy) => ({ labels: { policy }, value: 1 })),
    },
    gauge("docket_policy_faults", "Edges of entities for which a policy threw, and planned nothing new.", facts.faults),
    gauge("docket_messages_quarantined", "Messages on file that were not understood.", facts.quarantined),
    gauge("docket_drift_names", "Event types and fields of Clerk's that this Docket does not know.", facts.drift),
    {
      name: "docket_payloads_dropped_total",
      type: "counter",
      help: "Payloads of the log that were replaced long ago and dropped (DOCKET_RETENTION_DAYS).",
      samples: [{ value: facts.payloadsDropped }],
    },
  ];
}

/** Policies beyond the first are one together. */
function policySamples(byPolicy: readonly PolicyJobs[]): readonly Sample[] {
  const named = new Set([...new Set(byPolicy.map(({ policy }) => policy))].slice(0, NAMED_MAX));
  const sums = new Map<
    string,
    { readonly labels: { readonly policy: string; readonly state: string }; value: number }
  >();
  for (const { policy, state, jobs } of byPolicy) {
    const labels = { policy: named.has(policy) ? policy : OTHER, state };
    const key = `${labels.policy}\n${state}`;
    const sum = sums.get(key) ?? { labels, value: 0 };
    sum.value += jobs;
    sums.set(key, sum);
  }
  return [...sums.values()];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: "gauge", help, samples: [{ value }] };
}
