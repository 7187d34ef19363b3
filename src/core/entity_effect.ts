import type { DocketEffect } from "./effect.ts";
import { type Entity, newestOf } from "./entity.ts";
import { mergeTombstones } from "./tombstone.ts";
import { compareVersions } from "./version.ts";

/** The entity after an effect. Says the reducer's rule a second time: it only ever moves forward. */
export function applyToEntity(entity: Entity, effect: DocketEffect): Entity {
  switch (effect._tag) {
    case "SaveVersion": {
      const { version } = effect;
      const newest = newestOf(entity);
      if (newest !== null && compareVersions(version, newest) <= 0) return entity;
      return entity._tag === "Deleted" ? { ...entity, newest: version } : { _tag: "Live", newest: version };
    }
    case "BuryEntity": {
      const before = entity._tag === "Deleted" ? entity : { own: null, inherited: null, sealed: false };
      const { own, inherited, sealed } = before;
      const merged = mergeTombstones(before[effect.cause], effect.tombstone);
      return { _tag: "Deleted", newest: newestOf(entity), own, inherited, sealed, [effect.cause]: merged };
    }
    case "SealEntity":
      return entity._tag === "Deleted" ? { ...entity, sealed: true } : entity;
    default:
      return entity;
  }
}
