import type { DocketEffect } from "./effect.ts";
import type { Known } from "./entity.ts";
import { inheritedOf } from "./family.ts";
import type { OnDelete } from "./on_file.ts";
import { mergeTombstones, sameTombstone, type Tombstone } from "./tombstone.ts";

/**
 * Ends the children of a deleted parent, as far as they are not ended by it already. Idempotent, so that a page of
 * children may be done twice.
 */
export function buryChildren(
  { children, onDelete }: { readonly children: readonly Known[]; readonly onDelete: OnDelete },
  tombstone: Tombstone,
): readonly DocketEffect[] {
  return children.flatMap(({ ref, entity }): readonly DocketEffect[] => {
    const inherited = mergeTombstones(inheritedOf(entity), tombstone) ?? tombstone;
    if (sameTombstone(inherited, inheritedOf(entity))) return [];
    return [{ _tag: "BuryEntity", ref, cause: "inherited", tombstone: inherited, erase: onDelete === "erase" }];
  });
}
