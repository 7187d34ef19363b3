import type { DocketEffect } from "./effect.ts";
import { ABSENT } from "./entity.ts";
import { applyToEntity } from "./entity_effect.ts";
import type { JobOnFile } from "./job.ts";
import { type EntityRef, refKey } from "./kind.ts";
import type { Message } from "./message.ts";
import type { Filed, InstanceGuard, Member, OnDelete, OnFile } from "./on_file.ts";
import type { Policy } from "./policy.ts";

/** An entity's place in the index. */
export interface Indexed extends Member {
  /** Its parents. */
  readonly linked: readonly EntityRef[];
  /** Its children. */
  readonly children: readonly EntityRef[];
  /** False when `children` is only the first page of them. */
  readonly childrenComplete: boolean;
}

/**
 * What deciding needs of all that is on file. Holds everything in memory, or, in the store, the slice that a batch
 * of messages touches: the same functions run on both.
 */
export interface Index {
  readonly guard: InstanceGuard;
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
  /** By svix id. */
  readonly ledger: ReadonlyMap<string, Filed>;
  /** By `refKey`. */
  readonly entities: ReadonlyMap<string, Indexed>;
}

/** Gathers what is on file about one message. */
export function consult(index: Index, message: Message): OnFile {
  const { guard, onDelete, policies } = index;
  const filed = index.ledger.get(message.svixId) ?? null;
  if (message._tag === "Unmapped" || message._tag === "Unreadable") {
    return { ...NOBODY, filed, guard, onDelete, policies, parents: [], children: [] };
  }
  const indexed = find(index, message.ref);
  return {
    filed,
    guard,
    onDelete,
    policies,
    entity: indexed.entity,
    told: indexed.told,
    jobs: indexed.jobs,
    linked: indexed.linked,
    parents: message.parents.map((parent) => find(index, parent)),
    children: message._tag === "Deleted" ? indexed.children.map((child) => find(index, child)) : [],
    childrenComplete: indexed.childrenComplete,
  };
}

/** The entity's place in the index; of one never heard of, an empty place. */
export function find(index: Pick<Index, "entities">, ref: EntityRef): Indexed {
  return index.entities.get(refKey(ref)) ?? { ...NOBODY, ref };
}

const NOBODY = { entity: ABSENT, told: [], jobs: [], linked: [], children: [], childrenComplete: true } as const;

/** The index after the effects, in order. Leaves the one given as it was. */
export function applyToIndex(index: Index, effects: readonly DocketEffect[]): Index {
  const draft = draftOf(index);
  for (const effect of effects) applyToDraft(draft, effect);
  return draft;
}

/** An index that its owner may change in place: copying two maps per message would make a batch quadratic. */
export interface IndexDraft {
  guard: InstanceGuard;
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
  readonly ledger: Map<string, Filed>;
  readonly entities: Map<string, Indexed>;
}

/** A copy to be changed in place. */
export function draftOf({ guard, onDelete, policies, ledger, entities }: Index): IndexDraft {
  return { guard, onDelete, policies, ledger: new Map(ledger), entities: new Map(entities) };
}

/** Changes the draft by one effect. */
export function applyToDraft(draft: IndexDraft, effect: DocketEffect): void {
  switch (effect._tag) {
    case "FileMessage": {
      const { svixId, bodyHash, receivedAtMs } = effect.envelope;
      draft.ledger.set(svixId, { outcome: effect.outcome, bodyHash, receivedAtMs });
      if (effect.ref === null || effect.told === null) return;
      const indexed = find(draft, effect.ref);
      put(draft, { ...indexed, told: [...indexed.told, effect.told] });
      return;
    }
    case "PinInstance":
      draft.guard = pin(draft.guard, effect.instanceId);
      return;
    case "SaveVersion":
    case "BuryEntity":
    case "SealEntity": {
      const indexed = find(draft, effect.ref);
      const jobs = effect._tag === "SealEntity" ? indexed.jobs.map(withoutPayload) : indexed.jobs;
      put(draft, { ...indexed, jobs, entity: applyToEntity(indexed.entity, effect) });
      return;
    }
    case "PlanJob":
    case "WithdrawJob":
    case "MarkMoot": {
      const indexed = find(draft, effect._tag === "PlanJob" ? effect.job.ref : effect.ref);
      put(draft, { ...indexed, jobs: applyToJobs(indexed.jobs, effect) });
      return;
    }
    case "LinkParent": {
      const child = find(draft, effect.child);
      put(draft, { ...child, linked: withRef(child.linked, effect.parent) });
      const parent = find(draft, effect.parent);
      put(draft, { ...parent, children: withRef(parent.children, effect.child) });
      return;
    }
    case "CountDelivery":
    case "CascadeDeletion":
    case "NoteSignIn":
    case "ArmJob":
    case "NotePlan":
    case "LogChanges":
    case "SkipMessage":
      return;
    default:
      effect satisfies never;
  }
}

/**
 * The jobs after one effect. Planning keeps how far a job got: what ran is never run again. What may yet be run, and be
 * it that a person lets it go again, is as it is wanted now.
 */
function applyToJobs(
  jobs: readonly JobOnFile[],
  effect: Extract<DocketEffect, { readonly _tag: "PlanJob" | "WithdrawJob" | "MarkMoot" }>,
): readonly JobOnFile[] {
  if (effect._tag === "PlanJob") {
    const { job, moot } = effect;
    const before = jobs.find((it) => it.job.key === job.key);
    const isSettled = before?.phase === "running" || before?.phase === "done";
    const planned: JobOnFile = {
      job: isSettled ? before.job : job,
      wanted: true,
      moot,
      phase: before?.phase ?? "pending",
    };
    return [...jobs.filter((it) => it !== before), planned];
  }
  return jobs.map((it) => {
    if (it.job.key !== effect.key) return it;
    return effect._tag === "WithdrawJob" ? { ...it, wanted: false } : { ...it, moot: effect.moot };
  });
}

/** What a sealed entity's jobs were about leaves them too, but for one that is under way with it. */
function withoutPayload(entry: JobOnFile): JobOnFile {
  return entry.phase === "running" ? entry : { ...entry, job: { ...entry.job, payload: null } };
}

function pin(guard: InstanceGuard, instanceId: string): InstanceGuard {
  return guard._tag === "FirstSeen" && guard.pinned === null ? { ...guard, pinned: instanceId } : guard;
}

function put(draft: IndexDraft, indexed: Indexed): void {
  draft.entities.set(refKey(indexed.ref), indexed);
}

function withRef(refs: readonly EntityRef[], ref: EntityRef): readonly EntityRef[] {
  return refs.some((it) => refKey(it) === refKey(ref)) ? refs : [...refs, ref];
}
