import { buryChildren } from "./bury.ts";
import type { DocketEffect } from "./effect.ts";
import { newestOf, tombstoneOf } from "./entity.ts";
import { applyToEntity } from "./entity_effect.ts";
import { eraseBody } from "./erase.ts";
import { buryInherited, inheritFrom, linkParents } from "./family.ts";
import { fileTold } from "./file_message.ts";
import type { Deleted } from "./message.ts";
import type { OnFile } from "./on_file.ts";
import { type Told, toldOf } from "./told.ts";
import { mergeTombstones, sameTombstone, type Tombstone } from "./tombstone.ts";
import { compareVersions, type Version } from "./version.ts";
import { wire } from "./wire.ts";

/**
 * A deletion arrives. It is final whatever the timestamps say, since Clerk never reuses an id, and it ends the
 * entity's children. `stale` is answered to one that another deletion of the same entity already stands for.
 */
export function reduceDeleted(onFile: OnFile, message: Deleted): readonly DocketEffect[] {
  const { entity, onDelete } = onFile;
  const { ref } = message;
  const erase = onDelete === "erase";
  const before = entity._tag === "Deleted" ? entity.own : null;
  const tombstone = mergeTombstones(before, tombstoneFrom(message)) ?? tombstoneFrom(message);
  const isNews = !sameTombstone(before, tombstone);
  const told: Told = { ...toldOf(message), change: "deleted", body: message.body };
  const effects: DocketEffect[] = [
    fileTold(onFile, message, { outcome: isNews ? "applied" : "stale", told }),
    ...linkParents(onFile, message),
    ...saveLastWords(onFile, message),
  ];
  if (isNews) effects.push({ _tag: "BuryEntity", ref, cause: "own", tombstone, erase });
  const inherited = inheritFrom(onFile);
  effects.push(...buryInherited({ ref, entity }, { inherited, onDelete }));
  effects.push(...wire({ ...onFile, ref }, { ...onFile, entity: effects.reduce(applyToEntity, entity), told }));
  const whole = mergeTombstones(tombstone, inherited) ?? tombstone;
  if (!sameTombstone(whole, tombstoneOf(entity))) {
    effects.push(...buryChildren(onFile, whole));
    if (!onFile.childrenComplete) effects.push({ _tag: "CascadeDeletion", parent: ref });
  }
  if (!isNews) effects.push({ _tag: "SkipMessage", svixId: message.svixId, reason: "stale" });
  return effects;
}

function tombstoneFrom({ source, version, type, receivedAtMs, instanceId }: Deleted): Tombstone {
  const { timestampMs, svixId } = version;
  return { deletedAtMs: timestampMs, death: { source, timestampMs, svixId, type, receivedAtMs, instanceId } };
}

/**
 * A deletion that carries the entity whole (a membership's does) is the row of one that was never seen alive.
 * It counts as older than any live version, so that the row is the same whichever arrives first.
 */
function saveLastWords({ entity, onDelete }: OnFile, message: Deleted): readonly DocketEffect[] {
  const { body, ref, instanceId } = message;
  if (body === null) return [];
  const version: Version = { ...message.version, asOfMs: BEFORE_LIFE_MS };
  const newest = newestOf(entity);
  if (newest !== null && compareVersions(version, newest) <= 0) return [];
  return [{ _tag: "SaveVersion", ref, version, instanceId, body: onDelete === "erase" ? eraseBody(body) : body }];
}

/** The `asOfMs` of a body known from its deletion only. Live versions are never negative. */
export const BEFORE_LIFE_MS = -1;
