import { type ChainNode, type EntityRef, edgesOf, type Policy, planEdge, type WantedJob } from "../../core/mod.ts";

/** What a policy wants of a whole chain. */
export interface Wants {
  readonly policy: Policy;
  readonly jobs: readonly WantedJob[];
  /** Intents whose jobs stay as recorded: the policy failed on the edge, or the edge has lost a payload. Empty text: all. */
  readonly unsaid: readonly string[];
  readonly faults: readonly PlanFault[];
}

/** A policy that threw, or returned what is no list of jobs. */
export interface PlanFault {
  readonly policy: string;
  readonly ref: EntityRef;
  readonly intent: string;
  readonly fault: string;
}

/** What the policies of the entity's kind want, edge by edge of its chain from the first. */
export function wantsOf(
  policies: readonly Policy[],
  { ref, path }: { readonly ref: EntityRef; readonly path: readonly ChainNode[] },
): readonly Wants[] {
  return policies
    .filter(({ options }) => options.kind === ref.kind && options.level !== true)
    .map((policy) => wantsOfPolicy(policy, ref, path));
}

function wantsOfPolicy(policy: Policy, ref: EntityRef, path: readonly ChainNode[]): Wants {
  const isOnce = policy.options.once === true;
  const jobs: WantedJob[] = [];
  const unsaid: string[] = [];
  const faults: PlanFault[] = [];
  for (const edge of edgesOf(path)) {
    // Of `once` the first edge that wants it decides; an edge that can't say leaves all as recorded.
    if (isOnce && (jobs.length > 0 || unsaid.length > 0)) break;
    const plan = planEdge(policy, ref, edge);
    if (plan._tag === "Planned") jobs.push(...plan.jobs);
    else unsaid.push(isOnce ? "" : edge.intent);
    if (plan._tag === "Faulted") faults.push({ policy: policy.name, ref, intent: edge.intent, fault: plan.fault });
  }
  return { policy, jobs, unsaid, faults };
}
