import type { DocketEffect } from "./effect.ts";
import { type Entity, newestOf, tombstoneOf } from "./entity.ts";
import { applyToEntity } from "./entity_effect.ts";
import { eraseBody } from "./erase.ts";
import { buryInherited, inheritFrom, linkParents } from "./family.ts";
import { fileTold } from "./file_message.ts";
import type { Body, Changed } from "./message.ts";
import type { OnFile } from "./on_file.ts";
import { type Told, toldOf } from "./told.ts";
import { compareVersions, type Version } from "./version.ts";
import { wire } from "./wire.ts";

/**
 * A live version arrives. The row shows it if it is the newest; the entity stays deleted if it or a parent is.
 * `stale` is answered to what does not bring the entity's life forward: older versions, and any after the deletion.
 */
export function reduceChanged(onFile: OnFile, message: Changed): readonly DocketEffect[] {
  const { entity, onDelete } = onFile;
  const { ref, version } = message;
  const inherited = inheritFrom(onFile);
  const isDead = inherited !== null || tombstoneOf(entity) !== null;
  const isErased = isDead && onDelete === "erase";
  const isNewest = isNewer(version, entity);
  const told: Told = { ...toldOf(message), change: "live", body: message.body };
  const effects: DocketEffect[] = [
    fileTold(onFile, message, { outcome: isNewest && !isDead ? "applied" : "stale", told }),
    ...linkParents(onFile, message),
  ];
  if (isNewest) effects.push(saveVersion(message, isErased ? eraseBody(message.body) : message.body));
  effects.push(...buryInherited({ ref, entity }, { inherited, onDelete }));
  effects.push(...wire({ ...onFile, ref }, { ...onFile, entity: effects.reduce(applyToEntity, entity), told }));
  effects.push(...signIns(message));
  if (!isNewest || isDead) effects.push({ _tag: "SkipMessage", svixId: message.svixId, reason: "stale" });
  return effects;
}

function isNewer(version: Version, entity: Entity): boolean {
  const newest = newestOf(entity);
  return newest === null || compareVersions(version, newest) > 0;
}

function saveVersion({ ref, version, instanceId }: Changed, body: Body): DocketEffect {
  return { _tag: "SaveVersion", ref, version, instanceId, body };
}

/** A session began when its user signed in, whichever of its messages says so. */
function signIns({ body }: Changed): readonly DocketEffect[] {
  if (body.kind !== "session") return [];
  const { userId, createdAtMs } = body.value;
  return userId === null || createdAtMs === null ? [] : [{ _tag: "NoteSignIn", userId, atMs: createdAtMs }];
}
