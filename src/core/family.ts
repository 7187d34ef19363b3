import type { BuryEntity, DocketEffect } from "./effect.ts";
import { type Entity, type Known, tombstoneOf } from "./entity.ts";
import { type EntityRef, refKey } from "./kind.ts";
import type { OnDelete, OnFile } from "./on_file.ts";
import { mergeTombstones, sameTombstone, type Tombstone } from "./tombstone.ts";

/**
 * Children follow parents. A child's parents are those named by any of its versions, so that re-parenting never
 * undeletes; a parent's tombstone is inherited by each of its children, whichever of the two arrives first.
 */

/** Links to those parents that the message names and the entity is not linked to yet. */
export function linkParents(
  { linked }: OnFile,
  { ref, parents }: { readonly ref: EntityRef; readonly parents: readonly EntityRef[] },
): readonly DocketEffect[] {
  const known = new Set(linked.map(refKey));
  return parents
    .filter((parent) => !known.has(refKey(parent)))
    .map((parent) => ({ _tag: "LinkParent", child: ref, parent }) as const);
}

/** What the entity inherits: what it inherited before, and the tombstones of the parents that the message names. */
export function inheritFrom({ entity, parents }: OnFile): Tombstone | null {
  return parents.map((parent) => tombstoneOf(parent.entity)).reduce(mergeTombstones, inheritedOf(entity));
}

/** Ends an entity by what it inherits, unless it is ended by that already. */
export function buryInherited(
  { ref, entity }: Known,
  { inherited, onDelete }: { readonly inherited: Tombstone | null; readonly onDelete: OnDelete },
): readonly BuryEntity[] {
  if (inherited === null || sameTombstone(inherited, inheritedOf(entity))) return [];
  return [{ _tag: "BuryEntity", ref, cause: "inherited", tombstone: inherited, erase: onDelete === "erase" }];
}

/** The tombstone that came from parents. */
export function inheritedOf(entity: Entity): Tombstone | null {
  return entity._tag === "Deleted" ? entity.inherited : null;
}
