import { chainOf, graveOf, linksOf, NOTHING } from "./chain.ts";
import type { DocketEffect } from "./effect.ts";
import { type Entity, isSealed, newestOf, tombstoneOf } from "./entity.ts";
import type { EntityRef } from "./kind.ts";
import type { Member, OnDelete } from "./on_file.ts";
import type { Policy } from "./policy.ts";
import { logEdge, rewire } from "./rewire.ts";
import type { Told } from "./told.ts";
import { sameTombstone } from "./tombstone.ts";

export interface WireOptions {
  /** The entity as the message leaves it. */
  readonly entity: Entity;
  /** What the message adds to the chain; null for one about a parent. */
  readonly told: Told | null;
  readonly policies: readonly Policy[];
  readonly onDelete: OnDelete;
}

/**
 * What a message changes of an entity's side effects, and whether its personal data may leave the log now: it waits
 * for the jobs of the deletion, which need it. A sealed chain is wired no more.
 */
export function wire(member: Member, { entity, told, policies, onDelete }: WireOptions): readonly DocketEffect[] {
  const { ref, jobs } = member;
  if (isSealed(member.entity)) return rewireSealed(member, { entity, told, policies, onDelete });
  const tellings = told === null ? member.told : [...member.told, told];
  const before = chainOf(member.told, tombstoneOf(member.entity));
  const after = chainOf(tellings, tombstoneOf(entity));
  const asOfMs = told === null || told.change === "deleted" ? null : told.version.asOfMs;
  const effects = rewire({ ref, before, after, asOfMs, policies, jobs });
  if (after.grave === null || onDelete === "keep" || hasDeathJobs(jobs, effects)) return effects;
  return [...effects, ...sealing(ref, jobs, effects)];
}

/**
 * The jobs of the living stay as recorded: what they were made of is gone. The deletion is still told: when and by
 * what needs no personal data, and a late message that turns out to be the last of the life brings its own.
 */
function rewireSealed(member: Member, { entity, told, policies }: WireOptions): readonly DocketEffect[] {
  const { ref, jobs } = member;
  const grave = graveOf(tombstoneOf(entity), member.told);
  if (grave === null) return [];
  if (told?.change === "live" && newestOf(entity)?.svixId === told.version.svixId) {
    const before = { links: [], grave: null };
    const after = { links: linksOf([told]), grave };
    const effects = rewire({ ref, before, after, asOfMs: null, policies, jobs });
    // What no job of the deletion will need any more must not stay with it.
    return hasDeathJobs(jobs, effects) ? effects : [...effects, { _tag: "SealEntity", ref }];
  }
  const isSame = sameTombstone(tombstoneOf(member.entity), tombstoneOf(entity));
  return isSame ? [] : logEdge(ref, { intent: "-", before: NOTHING, after: grave });
}

/**
 * What is left to do of an entity when one of its jobs has ended: once no job of its deletion is owed, its personal
 * data leaves. Idempotent; of an entity that is sealed already it takes what a job that was under way then still had.
 */
export function sealWhenDone({ ref, entity, jobs }: Member, onDelete: OnDelete): readonly DocketEffect[] {
  if (onDelete === "keep" || tombstoneOf(entity) === null || hasDeathJobs(jobs, [])) return [];
  return sealing(ref, jobs, []);
}

/** One that is dead is owed too: a person may let it go again, and it needs its data then, or cancel it. */
function hasDeathJobs(jobs: Member["jobs"], effects: readonly DocketEffect[]): boolean {
  const withdrawn = new Set(effects.map((it) => (it._tag === "WithdrawJob" ? it.key : null)));
  const waiting = jobs.some(
    ({ job, wanted, phase }) =>
      job.intent === "-" &&
      !withdrawn.has(job.key) &&
      ((wanted && (phase === "pending" || phase === "dead")) || phase === "running"),
  );
  const over = new Set(jobs.filter(({ phase }) => phase === "cancelled" || phase === "done").map(({ job }) => job.key));
  return waiting || effects.some((it) => it._tag === "PlanJob" && it.job.intent === "-" && !over.has(it.job.key));
}

/** What the living wanted and nobody began goes with the data that it was made of. */
function sealing(ref: EntityRef, jobs: Member["jobs"], effects: readonly DocketEffect[]): readonly DocketEffect[] {
  const planned = effects.flatMap((it) => (it._tag === "PlanJob" ? [it.job.key] : []));
  const pending = jobs.filter(({ wanted, phase }) => wanted && phase === "pending").map(({ job }) => job.key);
  const withdrawals = [...new Set([...pending, ...planned])].map((key) => ({ _tag: "WithdrawJob", ref, key }) as const);
  return [...withdrawals, { _tag: "SealEntity", ref }];
}
