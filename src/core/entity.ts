import type { EntityRef } from "./kind.ts";
import { mergeTombstones, type Tombstone } from "./tombstone.ts";
import type { Version } from "./version.ts";

/**
 * What is on file about one entity: enough to decide what the next message about it means, and no more.
 * A `Deleted` entity stays on file for ever, or a late update would bring it back.
 */
export type Entity =
  /** Never heard of, or only named by others. */
  | { readonly _tag: "Absent" }
  /** `newest` is the version that its row shows. */
  | { readonly _tag: "Live"; readonly newest: Version }
  /**
   * Gone: by deletions of its own, of its parents, or both. `newest` is the newest live version seen, before or
   * after the deletion arrived, and null when there was none.
   */
  | {
      readonly _tag: "Deleted";
      readonly newest: Version | null;
      readonly own: Tombstone | null;
      readonly inherited: Tombstone | null;
      /** Its personal data has left the log: its chain is no longer wired. */
      readonly sealed: boolean;
    };

export const ABSENT: Entity = { _tag: "Absent" };

/** An entity with its name, as one reads it to decide about it. */
export interface Known {
  readonly ref: EntityRef;
  readonly entity: Entity;
}

/** True once its personal data has left the log. */
export function isSealed(entity: Entity): boolean {
  return entity._tag === "Deleted" && entity.sealed;
}

/** The newest live version on file. */
export function newestOf(entity: Entity): Version | null {
  return entity._tag === "Absent" ? null : entity.newest;
}

/** All deletions on file, its own and its parents', as one. Null while it is not deleted. */
export function tombstoneOf(entity: Entity): Tombstone | null {
  return entity._tag === "Deleted" ? mergeTombstones(entity.own, entity.inherited) : null;
}
