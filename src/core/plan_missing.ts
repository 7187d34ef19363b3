import { chainOf, wholePath } from "./chain.ts";
import { type Edge, edgesOf } from "./edge.ts";
import type { DocketEffect } from "./effect.ts";
import { isSealed, tombstoneOf } from "./entity.ts";
import { headOf, type JobOnFile, untilHolds, type WantedJob } from "./job.ts";
import type { Member } from "./on_file.ts";
import { planEdge } from "./plan.ts";
import type { Policy } from "./policy.ts";

export interface PlanMissingOptions {
  readonly policies: readonly Policy[];
  /** Keys of jobs that are to run again: they become what is wanted now. */
  readonly again: ReadonlySet<string>;
}

/**
 * Plans what the whole chain of an entity wants and the ledger has not: jobs that were lost, or that a policy which
 * failed, or was another, did not plan then. Nothing is withdrawn, and nothing that is on file is changed. Of a sealed
 * entity nobody can say what was wanted: none.
 *
 * @param member With all its messages and jobs.
 */
export function planMissing(member: Member, options: PlanMissingOptions): readonly DocketEffect[] {
  const { ref, entity, told } = member;
  if (isSealed(entity)) return [];
  const chain = chainOf(told, tombstoneOf(entity));
  const head = headOf(chain);
  const edges = edgesOf(wholePath(chain));
  return options.policies
    .filter(({ options: { kind } }) => kind === ref.kind)
    .flatMap((policy) => planned(policy, edges, { ...options, member }))
    .map((effect): DocketEffect => {
      return effect._tag === "PlanJob" ? { ...effect, moot: untilHolds(effect.job.until, head) } : effect;
    });
}

interface Planning extends PlanMissingOptions {
  readonly member: Member;
}

function planned(policy: Policy, edges: readonly Edge[], planning: Planning): readonly DocketEffect[] {
  const { ref } = planning.member;
  const isOnce = policy.options.once === true;
  const effects: DocketEffect[] = [];
  for (const edge of edges) {
    const plan = planEdge(policy, ref, edge);
    // Of `once` the first edge that wants it decides; one that can't say leaves all as recorded.
    if (plan._tag === "Unknown" && isOnce) break;
    if (plan._tag === "Unknown" || (isOnce && plan._tag === "Planned" && plan.jobs.length === 0)) continue;
    const noted = { _tag: "NotePlan", policy: policy.name, ref, intent: isOnce ? "" : edge.intent } as const;
    if (plan._tag === "Faulted") effects.push({ ...noted, fault: plan.fault });
    else effects.push({ ...noted, fault: null }, ...plan.jobs.flatMap((job) => missing(policy, job, planning)));
    if (isOnce) break;
  }
  return effects;
}

function missing(policy: Policy, job: WantedJob, { member, again }: Planning): readonly DocketEffect[] {
  if (policy.options.level === true) return [{ _tag: "ArmJob", job }];
  const entry = member.jobs.find((it) => it.job.key === job.key);
  return isThere(entry) && !again.has(job.key) ? [] : [{ _tag: "PlanJob", job, moot: false }];
}

function isThere(entry: JobOnFile | undefined): boolean {
  return entry?.wanted === true;
}
