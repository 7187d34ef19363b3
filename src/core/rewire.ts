import { type Chain, type ChainNode, pathAround, pathAtEnd, wholePath } from "./chain.ts";
import { compareEdges, type Edge, type EdgeChange, edgesOf } from "./edge.ts";
import type { DocketEffect } from "./effect.ts";
import { fieldChangesOf } from "./field_change.ts";
import { type Head, headOf, type JobOnFile, untilHolds, type WantedJob } from "./job.ts";
import { sameJson } from "./json.ts";
import type { EntityRef } from "./kind.ts";
import { type Plan, planEdge } from "./plan.ts";
import type { Policy } from "./policy.ts";

export interface Rewiring {
  readonly ref: EntityRef;
  /** The chain, or what of it is around the change. */
  readonly before: Chain;
  readonly after: Chain;
  /** The group of the message; null when only the end of the chain changed. */
  readonly asOfMs: number | null;
  readonly policies: readonly Policy[];
  /** The entity's jobs: all that are pending, and those of the intents that may change. */
  readonly jobs: readonly JobOnFile[];
}

/**
 * What a message changes of the side effects. Only the edges around its group, and the one into the grave, can have
 * changed: those are planned anew, and the difference to what the ledger has is the effect. So the jobs wanted are a
 * function of the set of messages, and what a late one makes wrong is withdrawn.
 */
export function rewire(rewiring: Rewiring): readonly DocketEffect[] {
  const { ref, before, after } = rewiring;
  const change = compareEdges(edgesAround(before, rewiring.asOfMs), edgesAround(after, rewiring.asOfMs));
  const policies = rewiring.policies.filter(({ options }) => options.kind === ref.kind);
  const head = headOf(after);
  const planned = policies.flatMap((policy) => replan(policy, change, { ...rewiring, head }));
  return [...logChanges(ref, change), ...planned, ...remoot(rewiring.jobs, planned, head)];
}

function edgesAround(chain: Chain, asOfMs: number | null): readonly Edge[] {
  const atEnd = edgesOf(pathAtEnd(chain));
  if (asOfMs === null) return atEnd;
  const around = edgesOf(pathAround(chain, asOfMs));
  if (atEnd.length === 0) return around;
  return [...new Map([...around, ...atEnd].map((edge) => [edge.intent, edge])).values()];
}

interface Replanning extends Rewiring {
  readonly head: Head;
}

/** One policy's jobs on the edges that changed, against those on file. */
function replan(policy: Policy, change: EdgeChange, rewiring: Replanning): readonly DocketEffect[] {
  if (policy.options.level === true) return armAll(policy, change, rewiring);
  return policy.options.once === true ? replanOnce(policy, change, rewiring) : replanEdges(policy, change, rewiring);
}

function replanEdges(
  policy: Policy,
  { made, gone }: EdgeChange,
  { ref, jobs, head }: Replanning,
): readonly DocketEffect[] {
  const recorded = jobs.filter(({ job }) => job.policy === policy.name);
  const withdrawn = recorded.filter(({ job, wanted }) => wanted && gone.includes(job.intent)).map(withdraw);
  const faultsGone = gone.map(
    (intent): DocketEffect => ({ _tag: "NotePlan", policy: policy.name, ref, intent, fault: null }),
  );
  const planned = made.flatMap((edge) =>
    effectsOf(planEdge(policy, ref, edge), { policy, ref, intent: edge.intent }, (wanted) =>
      difference(
        recorded.filter(({ job }) => job.intent === edge.intent),
        wanted,
        head,
      ),
    ),
  );
  return [...withdrawn, ...faultsGone, ...planned];
}

/** A level-triggered policy only ever arms: what a late message makes of the past, its handler sees in the state. */
function armAll(policy: Policy, { made }: EdgeChange, { ref }: Rewiring): readonly DocketEffect[] {
  return made.flatMap((edge) =>
    effectsOf(planEdge(policy, ref, edge), { policy, ref, intent: edge.intent }, (wanted) =>
      wanted.map((job) => ({ _tag: "ArmJob", job })),
    ),
  );
}

interface Planned {
  readonly policy: Policy;
  readonly ref: EntityRef;
  readonly intent: string;
}

/** What a plan asks for, and that its fault is noted or cleared. An edge that can't be planned stays as it is. */
function effectsOf(
  plan: Plan,
  { policy, ref, intent }: Planned,
  carryOut: (wanted: readonly WantedJob[]) => readonly DocketEffect[],
): readonly DocketEffect[] {
  if (plan._tag === "Unknown") return [];
  const noted = { _tag: "NotePlan", policy: policy.name, ref, intent } as const;
  if (plan._tag === "Faulted") return [{ ...noted, fault: plan.fault }];
  return [{ ...noted, fault: null }, ...carryOut(plan.jobs)];
}

/**
 * A policy of `once` wants its job as long as any edge of the chain does, and as the first such edge wants it. So
 * unless the chain only grew at its end, the whole of it is asked.
 */
function replanOnce(
  policy: Policy,
  change: EdgeChange,
  { ref, after, jobs, head }: Replanning,
): readonly DocketEffect[] {
  const recorded = jobs.filter(({ job }) => job.policy === policy.name);
  const { made } = change;
  const isGrowth = change.isGrowth && made.length === 1 && isLast(made[0], after);
  if (isGrowth && recorded.some(({ wanted }) => wanted)) return [];
  const edges = isGrowth ? made : edgesOf(wholePath(after));
  for (const edge of edges) {
    const plan = planEdge(policy, ref, edge);
    if (plan._tag === "Planned" && plan.jobs.length === 0) continue;
    return effectsOf(plan, { policy, ref, intent: "" }, (wanted) => difference(recorded, wanted, head));
  }
  return difference(recorded, [], head);
}

function isLast(edge: Edge | undefined, { links, grave }: Chain): boolean {
  if (edge === undefined) return false;
  const last: ChainNode | undefined = grave ?? links.at(-1);
  return last !== undefined && edge.after._tag === last._tag && svixIdOf(edge.after) === svixIdOf(last);
}

function svixIdOf(node: ChainNode): string {
  if (node._tag === "Nothing") return "";
  return node._tag === "Grave" ? node.svixId : node.version.svixId;
}

/** Plans what is newly wanted or wanted otherwise, withdraws what is no longer wanted. */
function difference(recorded: readonly JobOnFile[], wanted: readonly WantedJob[], head: Head): readonly DocketEffect[] {
  const byKey = new Map(recorded.map((entry) => [entry.job.key, entry]));
  const keys = new Set(wanted.map(({ key }) => key));
  const planned = wanted
    .filter((job) => {
      const entry = byKey.get(job.key);
      return entry === undefined || !entry.wanted || !sameJob(entry.job, job);
    })
    .map((job): DocketEffect => ({ _tag: "PlanJob", job, moot: untilHolds(job.until, head) }));
  return [...recorded.filter(({ job, wanted: was }) => was && !keys.has(job.key)).map(withdraw), ...planned];
}

function sameJob(left: WantedJob, right: WantedJob): boolean {
  return sameJson({ ...left } as never, { ...right } as never);
}

function withdraw({ job }: JobOnFile): DocketEffect {
  return { _tag: "WithdrawJob", key: job.key, ref: job.ref };
}

/** A newer head may make pending jobs pointless, or worth doing again. */
function remoot(jobs: readonly JobOnFile[], planned: readonly DocketEffect[], head: Head): readonly DocketEffect[] {
  const decided = new Set(planned.map((effect) => (effect._tag === "PlanJob" ? effect.job.key : null)));
  return jobs
    .filter(({ job, moot }) => !decided.has(job.key) && untilHolds(job.until, head) !== moot)
    .map(({ job, moot }) => ({ _tag: "MarkMoot", key: job.key, ref: job.ref, moot: !moot }));
}

/** The change log belongs to edges too, and so converges with them. */
function logChanges(ref: EntityRef, { made, gone }: EdgeChange): readonly DocketEffect[] {
  const removed = gone.map((intent): DocketEffect => ({ _tag: "LogChanges", ref, intent, entry: null }));
  return [...removed, ...made.flatMap((edge) => logEdge(ref, edge))];
}

/** The change log's lines of one edge; none if an end of it has lost its payload. */
export function logEdge(ref: EntityRef, edge: Edge): readonly DocketEffect[] {
  const changes = fieldChangesOf(edge);
  if (changes === null) return [];
  const { intent, after } = edge;
  const isGrave = after._tag === "Grave";
  const asOfMs = isGrave ? after.deletedAtMs : after.version.asOfMs;
  const svixId = isGrave ? after.svixId : after.version.svixId;
  return [
    { _tag: "LogChanges", ref, intent, entry: { event: after.type, source: after.source, asOfMs, svixId, changes } },
  ];
}
