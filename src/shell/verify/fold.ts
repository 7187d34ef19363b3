import {
  BEFORE_LIFE_MS,
  type Body,
  type ChainNode,
  chainOf,
  compareVersions,
  type EntityRef,
  mergeTombstones,
  refKey,
  type Told,
  type Tombstone,
  type untilHolds,
  type Version,
  wholePath,
} from "../../core/mod.ts";
import { parentsOf } from "../decode/parents.ts";
import type { LogLine, LogLines } from "./log_lines.ts";

/** What all messages about an entity come to, read off the whole set of them at once. */
export interface Folded {
  readonly ref: EntityRef;
  /** How many messages are part of its chain. */
  readonly messages: number;
  /** The version its row shows; null when none is known. */
  readonly newest: Version | null;
  readonly body: Body | null;
  readonly instanceId: string | null;
  readonly own: Tombstone | null;
  readonly inherited: Tombstone | null;
  readonly tombstone: Tombstone | null;
  readonly parents: readonly EntityRef[];
  /** Its chain, from nothing to its newest version or its end. */
  readonly path: readonly ChainNode[];
}

/** The parents that any of the messages names, sorted. */
export function parentsIn(lines: readonly LogLine[]): readonly EntityRef[] {
  const parents = lines.flatMap(({ told: { body } }) => (body === null ? [] : parentsOf(body)));
  const byKey = new Map(parents.map((parent) => [refKey(parent), parent]));
  return [...byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, parent]) => parent);
}

/**
 * Folds the messages about one entity, with the deletions of its parents. Not the reducer run once more: that takes
 * one message after another and only looks around it; this sees all of them, so it tells if the way there went wrong.
 */
export function foldEntity(ref: EntityRef, lines: readonly LogLine[], deletions: LogLines): Folded {
  const told = lines.map((line) => line.told);
  const shown = lines.filter(isShown).toSorted((left, right) => compareVersions(versionOf(left), versionOf(right)));
  const newest = shown.at(-1);
  const parents = parentsIn(lines);
  const own = tombstoneIn(lines);
  const inherited = tombstoneIn(parents.flatMap((parent) => deletions.get(refKey(parent)) ?? []));
  const tombstone = mergeTombstones(own, inherited);
  return {
    ref,
    messages: lines.length,
    newest: newest === undefined ? null : versionOf(newest),
    body: newest?.told.body ?? null,
    instanceId: newest === undefined ? (tombstone?.death.instanceId ?? null) : newest.instanceId,
    own,
    inherited,
    tombstone,
    parents,
    path: wholePath(chainOf(told, tombstone)),
  };
}

/** The entity as `until` sees it. */
export function headOf({ path, tombstone }: Folded): Parameters<typeof untilHolds>[1] {
  const newest = path.findLast((node) => node._tag === "Link");
  const body = newest?._tag === "Link" ? newest.body : null;
  return { value: body?.value ?? null, isDeleted: tombstone !== null };
}

/** True for what a row can show: live versions, and deletions that carry the entity whole. */
function isShown({ told: { change, body } }: LogLine): boolean {
  return change === "live" || body !== null;
}

function versionOf({ told: { change, version } }: LogLine): Version {
  return change === "live" ? version : { ...version, asOfMs: BEFORE_LIFE_MS };
}

function tombstoneIn(lines: readonly LogLine[]): Tombstone | null {
  return lines
    .filter(({ told }) => told.change === "deleted")
    .map((line) => tombstoneOf(line.told, line.instanceId))
    .reduce<Tombstone | null>(mergeTombstones, null);
}

function tombstoneOf({ version, source, type, receivedAtMs }: Told, instanceId: string | null): Tombstone {
  const { timestampMs, svixId } = version;
  return { deletedAtMs: timestampMs, death: { source, timestampMs, svixId, type, receivedAtMs, instanceId } };
}
