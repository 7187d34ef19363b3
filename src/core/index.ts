import type { DocketEffect } from "./effect.ts";
import { ABSENT, type Entity, type Known, newestOf } from "./entity.ts";
import { type EntityRef, refKey } from "./kind.ts";
import type { Message } from "./message.ts";
import type { Filed, InstanceGuard, OnDelete, OnFile } from "./on_file.ts";
import { mergeTombstones } from "./tombstone.ts";
import { compareVersions } from "./version.ts";

/** An entity's place in the index. */
export interface Indexed extends Known {
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
  /** By svix id. */
  readonly ledger: ReadonlyMap<string, Filed>;
  /** By `refKey`. */
  readonly entities: ReadonlyMap<string, Indexed>;
}

/** Gathers what is on file about one message. */
export function consult(index: Index, message: Message): OnFile {
  const { guard, onDelete } = index;
  const filed = index.ledger.get(message.svixId) ?? null;
  if (message._tag === "Unmapped" || message._tag === "Unreadable") {
    return { filed, guard, onDelete, entity: ABSENT, linked: [], parents: [], children: [], childrenComplete: true };
  }
  const indexed = find(index, message.ref);
  return {
    filed,
    guard,
    onDelete,
    entity: indexed.entity,
    linked: indexed.linked,
    parents: message.parents.map((parent) => find(index, parent)),
    children: message._tag === "Deleted" ? indexed.children.map((child) => find(index, child)) : [],
    childrenComplete: indexed.childrenComplete,
  };
}

/** The entity's place in the index; of one never heard of, an empty place. */
export function find(index: Index, ref: EntityRef): Indexed {
  return index.entities.get(refKey(ref)) ?? { ref, entity: ABSENT, linked: [], children: [], childrenComplete: true };
}

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
  readonly ledger: Map<string, Filed>;
  readonly entities: Map<string, Indexed>;
}

/** A copy to be changed in place. */
export function draftOf({ guard, onDelete, ledger, entities }: Index): IndexDraft {
  return { guard, onDelete, ledger: new Map(ledger), entities: new Map(entities) };
}

/** Changes the draft by one effect. */
export function applyToDraft(draft: IndexDraft, effect: DocketEffect): void {
  switch (effect._tag) {
    case "FileMessage": {
      const { svixId, bodyHash } = effect.envelope;
      draft.ledger.set(svixId, { outcome: effect.outcome, bodyHash });
      return;
    }
    case "PinInstance":
      draft.guard = pin(draft.guard, effect.instanceId);
      return;
    case "SaveVersion":
    case "BuryEntity": {
      const indexed = find(draft, effect.ref);
      put(draft, { ...indexed, entity: applyToEntity(indexed.entity, effect) });
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
    case "SkipMessage":
      return;
    default:
      effect satisfies never;
  }
}

/** The entity after a version or a tombstone. Says the reducer's rule a second time: it only ever moves forward. */
export function applyToEntity(
  entity: Entity,
  effect: Extract<DocketEffect, { _tag: "SaveVersion" | "BuryEntity" }>,
): Entity {
  const newest = newestOf(entity);
  if (effect._tag === "SaveVersion") {
    const { version } = effect;
    if (newest !== null && compareVersions(version, newest) <= 0) return entity;
    return entity._tag === "Deleted" ? { ...entity, newest: version } : { _tag: "Live", newest: version };
  }
  const before = entity._tag === "Deleted" ? entity : { own: null, inherited: null };
  const merged = mergeTombstones(before[effect.cause], effect.tombstone);
  return { _tag: "Deleted", newest, own: before.own, inherited: before.inherited, [effect.cause]: merged };
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
