import { graveOf, NOTHING } from "./chain.ts";
import type { DocketEffect } from "./effect.ts";
import { type Entity, isSealed, tombstoneOf } from "./entity.ts";
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
  if (isSealed(member.entity)) return rewireSealed(member, entity);
  const tellings = told === null ? member.told : [...member.told, told];
  const before = { told: member.told, grave: graveOf(tombstoneOf(member.entity), member.told) };
  const after = { told: tellings, grave: graveOf(tombstoneOf(entity), tellings) };
  const asOfMs = told === null || told.change === "deleted" ? null : told.version.asOfMs;
  const effects = rewire({ ref, before, after, asOfMs, policies, jobs });
  if (after.grave === null || onDelete === "keep" || hasDeathJobs(jobs, effects)) return effects;
  return [...effects, ...sealing(ref, jobs, effects)];
}

/** The jobs stay as recorded. When the entity died, and by what, needs no personal data and still converges. */
function rewireSealed({ ref, entity: before }: Member, after: Entity): readonly DocketEffect[] {
  if (sameTombstone(tombstoneOf(before), tombstoneOf(after))) return [];
  const grave = graveOf(tombstoneOf(after), []);
  return grave === null ? [] : logEdge(ref, { intent: "-", before: NOTHING, after: grave });
}

function hasDeathJobs(jobs: Member["jobs"], effects: readonly DocketEffect[]): boolean {
  const withdrawn = new Set(effects.map((it) => (it._tag === "WithdrawJob" ? it.key : null)));
  const waiting = jobs.some(
    ({ job, wanted, phase }) =>
      job.intent === "-" && !withdrawn.has(job.key) && ((wanted && phase === "pending") || phase === "running"),
  );
  return waiting || effects.some((it) => it._tag === "PlanJob" && it.job.intent === "-");
}

/** What the living wanted and nobody began goes with the data that it was made of. */
function sealing(ref: EntityRef, jobs: Member["jobs"], effects: readonly DocketEffect[]): readonly DocketEffect[] {
  const planned = effects.flatMap((it) => (it._tag === "PlanJob" ? [it.job.key] : []));
  const pending = jobs.filter(({ wanted, phase }) => wanted && phase === "pending").map(({ job }) => job.key);
  const withdrawals = [...new Set([...pending, ...planned])].map((key) => ({ _tag: "WithdrawJob", ref, key }) as const);
  return [...withdrawals, { _tag: "SealEntity", ref }];
}
