import type { ChainNode, Link } from "./chain.ts";
import { spanMs } from "./duration.ts";
import type { Edge } from "./edge.ts";
import type { WantedJob } from "./job.ts";
import { isJson } from "./json.ts";
import { type EntityRef, KINDS, refKey } from "./kind.ts";
import type { Change, Decide, Job, Policy, Side } from "./policy.ts";

/** What a policy makes of an edge. */
export type Plan =
  | { readonly _tag: "Planned"; readonly jobs: readonly WantedJob[] }
  /** It threw, or returned what is no list of jobs: the edge's jobs stay as they are. */
  | { readonly _tag: "Faulted"; readonly fault: string }
  /** An end of the edge has lost its payload: the edge stays as recorded. */
  | { readonly _tag: "Unknown" };

const MAX_AGE_MS = 3 * 86_400_000;
const JOBS_PER_EDGE_MAX = 100;
const FAULT_LENGTH_MAX = 500;
/** The end of the year 9999, the last that Postgres and JavaScript write alike. */
const INSTANT_MS_MAX = 253_402_300_799_999;
const NAME = /^[\w.:-]{1,100}$/;
const NONE: Plan = { _tag: "Planned", jobs: [] };

/** The jobs that a policy wants for an edge. Never throws. */
export function planEdge(policy: Policy, ref: EntityRef, edge: Edge): Plan {
  if (isSilent(policy, edge)) return NONE;
  const change = changeOf(ref, edge);
  if (change === null) return { _tag: "Unknown" };
  try {
    // A policy's kind is its entity's kind: the union can't say so.
    const jobs: unknown = (policy.decide as Decide<never>)(change as Change<never>);
    return checkJobs(jobs, { policy, ref, edge });
  } catch (error) {
    const reason = error instanceof Error ? error.message : typeof error === "string" ? error : "what is no error";
    return faulted(`threw: ${reason.slice(0, FAULT_LENGTH_MAX)}`);
  }
}

/** True for edges that plan nothing: observed only, too old when received, or from before the policy was switched on. */
function isSilent({ options }: Policy, { before, after }: Edge): boolean {
  if (after.receivedAtMs < (options.sinceMs ?? 0)) return true;
  // A deletion is never too old, and one that a repair observed must still revoke access.
  if (after._tag === "Grave") return false;
  if (after.source === "api" && options.observed !== true) return true;
  const maxAge = options.maxAge ?? MAX_AGE_MS;
  // What lost its payload may have been born earlier than it says: it is not known to be too old.
  if (maxAge === "forever" || (before._tag === "Nothing" && after.body === null)) return false;
  return after.receivedAtMs - happenedAtMs(before, after) > (spanMs(maxAge) ?? MAX_AGE_MS);
}

/** A birth happened when the payload says: a user of 2019 whose first message here is an update is not new. */
function happenedAtMs(before: ChainNode, after: Link): number {
  const bornAtMs = after.body?.value.createdAtMs ?? null;
  return before._tag === "Nothing" && bornAtMs !== null ? bornAtMs : after.version.asOfMs;
}

function changeOf(ref: EntityRef, { before, after }: Edge): { before: unknown; after: unknown; ref: EntityRef } | null {
  const from = sideOf(before, null);
  const to = sideOf(after, before._tag === "Link" ? before : null);
  return from === null || to === null ? null : { ref, before: from, after: to };
}

function sideOf(node: ChainNode, last: Link | null): Side<never> | Side<"user"> | null {
  switch (node._tag) {
    case "Nothing":
      return { _tag: "Absent" };
    case "Link": {
      if (node.body === null) return null;
      const { type: event, source, version } = node;
      const { value, data } = node.body;
      return { _tag: "Live", event, source, value, data, asOfMs: version.asOfMs } as Side<never>;
    }
    case "Grave": {
      const { type: event, source, deletedAtMs } = node;
      const value = node.body?.value ?? last?.body?.value ?? null;
      return { _tag: "Deleted", event, source, value, deletedAtMs } as Side<never>;
    }
    default:
      return node satisfies never;
  }
}

interface Planning {
  readonly policy: Policy;
  readonly ref: EntityRef;
  readonly edge: Edge;
}

function checkJobs(jobs: unknown, planning: Planning): Plan {
  if (!Array.isArray(jobs)) return faulted("returned no list of jobs");
  if (jobs.length > JOBS_PER_EDGE_MAX) return faulted(`returned over ${JOBS_PER_EDGE_MAX} jobs for one change`);
  const wanted: WantedJob[] = [];
  for (const it of jobs as readonly unknown[]) {
    if (!isJob(it)) return faulted("returned what is no job: use job(handler, payload, options)");
    const made = wantedJob(it, planning);
    if (typeof made === "string") return faulted(made);
    wanted.push(made);
  }
  if (new Set(wanted.map(({ key }) => key)).size < wanted.length) {
    return faulted("returned several jobs for one change: give each a `key` of its own");
  }
  return { _tag: "Planned", jobs: wanted };
}

function faulted(what: string): Plan {
  return { _tag: "Faulted", fault: `the policy ${what}` };
}

function isJob(it: unknown): it is Job {
  if (typeof it !== "object" || it === null || !("handler" in it) || !("payload" in it)) return false;
  return typeof it.handler === "string" && NAME.test(it.handler) && isJson(it.payload);
}

function wantedJob(job: Job, { policy, ref, edge }: Planning): WantedJob | string {
  const { options } = policy;
  const { after } = edge;
  const asOfMs = after._tag === "Grave" ? after.deletedAtMs : after.version.asOfMs;
  const settleMs = spanMs(options.settle ?? 0);
  const holdbackMs = spanMs(options.holdback ?? 0);
  const afterAtMs = startOf(job.after ?? 0, asOfMs);
  if (settleMs === null || holdbackMs === null || afterAtMs === null) return "names a time that is none";
  const startAtMs = Math.round(Math.max(afterAtMs, after.receivedAtMs + settleMs + holdbackMs));
  if (startAtMs < 0 || startAtMs > INSTANT_MS_MAX) return "names a time beyond the year 9999";
  if (job.needs !== undefined && !isRefs(job.needs)) return "gives a job `needs` that is no list of { kind, id }";
  if (job.key !== undefined && !NAME.test(job.key))
    return "gives a job a `key` that is not 1 to 100 of A-Z a-z 0-9 _ . : -";
  const subject = options.level === true ? (job.subject ?? [ref]) : [ref];
  if (!isRefs(subject) || subject.length < 1 || subject.length > 2)
    return "gives a job a `subject` of not one or two { kind, id }";
  const intent = options.once === true || options.level === true ? "" : `/${edge.intent}`;
  return {
    key: `${policy.name}/${subject.map(refKey).join("/")}${intent}${job.key === undefined ? "" : `/${job.key}`}`,
    policy: policy.name,
    ref: subject[0] ?? ref,
    intent: edge.intent,
    handler: job.handler,
    payload: job.payload,
    startAtMs,
    until: after._tag === "Grave" ? "never" : (options.until ?? "deleted"),
    needs: after._tag === "Grave" ? [] : (job.needs ?? []),
    approval: options.approval === true,
    asOfMs,
    svixId: after._tag === "Grave" ? after.svixId : after.version.svixId,
  };
}

function isRefs(needs: unknown): needs is readonly EntityRef[] {
  return (
    Array.isArray(needs) &&
    needs.every((it: Partial<EntityRef> | null) => typeof it?.id === "string" && KINDS.some((kind) => kind === it.kind))
  );
}

function startOf(after: NonNullable<Job["after"]>, asOfMs: number): number | null {
  if (typeof after === "object") return Number.isFinite(after.atMs) ? after.atMs : null;
  const ms = spanMs(after);
  return ms === null ? null : asOfMs + ms;
}
