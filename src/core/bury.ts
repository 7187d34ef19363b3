import type { DocketEffect } from "./effect.ts";
import { applyToEntity } from "./entity_effect.ts";
import { buryInherited, inheritedOf } from "./family.ts";
import type { Member, OnDelete } from "./on_file.ts";
import type { Policy } from "./policy.ts";
import { mergeTombstones, type Tombstone } from "./tombstone.ts";
import { wire } from "./wire.ts";

export interface BuryOptions {
  readonly children: readonly Member[];
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
}

/**
 * Ends the children of a deleted parent, as far as they are not ended by it already. Idempotent, so that a page of
 * children may be done twice.
 */
export function buryChildren(options: BuryOptions, tombstone: Tombstone): readonly DocketEffect[] {
  const { children, onDelete, policies } = options;
  return children.flatMap((child): readonly DocketEffect[] => {
    const { ref, entity } = child;
    const inherited = mergeTombstones(inheritedOf(entity), tombstone);
    const [burial] = buryInherited({ ref, entity }, { inherited, onDelete });
    if (burial === undefined) return [];
    return [burial, ...wire(child, { entity: applyToEntity(entity, burial), told: null, policies, onDelete })];
  });
}
