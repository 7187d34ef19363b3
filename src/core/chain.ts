import type { Body, Source } from "./message.ts";
import type { Told } from "./told.ts";
import type { Tombstone } from "./tombstone.ts";
import { compareVersions, type Version } from "./version.ts";

/**
 * The chain of an entity: `absent -> link -> ... -> link (-> grave)`, a function of the set of its messages.
 */
export interface Chain {
  /** In the order of life. */
  readonly links: readonly Link[];
  /** Null while it lives. */
  readonly grave: Grave | null;
}

/**
 * One thing that happened to an entity.
 *
 * Live versions with one `asOfMs` form a group. Where a webhook is in a group, its observations are dropped; messages
 * of one type in a group are one link, so that two message ids for one happening do not happen twice. The grave is
 * always last, whatever the timestamps say: Clerk never reuses an id.
 */
export interface Link {
  readonly _tag: "Link";
  readonly type: string;
  readonly source: Source;
  /** The greatest version of those that are this link. */
  readonly version: Version;
  /** The earliest receipt of those that are this link, milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
  /** What the greatest version says; null when retention dropped it. */
  readonly body: Body | null;
}

/** The end of a chain: what the tombstone stands for. */
export interface Grave {
  readonly _tag: "Grave";
  readonly type: string;
  readonly source: Source;
  readonly deletedAtMs: number;
  readonly svixId: string;
  readonly receivedAtMs: number;
  /** The entity as its own deletion carried it; null for most kinds. */
  readonly body: Body | null;
}

/** Where every chain begins. */
export interface Nothing {
  readonly _tag: "Nothing";
}

export type ChainNode = Nothing | Link | Grave;

export const NOTHING: Nothing = { _tag: "Nothing" };

/** The chain that these messages and the tombstone make. */
export function chainOf(told: readonly Told[], tombstone: Tombstone | null): Chain {
  return { links: linksOf(told), grave: graveOf(tombstone, told) };
}

/** The links that these live versions make, in the order of life. */
export function linksOf(told: readonly Told[]): readonly Link[] {
  const groups = new Map<number, Told[]>();
  for (const it of told) {
    if (it.change === "deleted") continue;
    const group = groups.get(it.version.asOfMs);
    if (group === undefined) groups.set(it.version.asOfMs, [it]);
    else group.push(it);
  }
  return [...groups.values()].flatMap(linksOfGroup).sort((left, right) => compareVersions(left.version, right.version));
}

/**
 * The nodes that a message of this group can stand between: the last link before the group, the group's own links,
 * and the first node after it. A chain that ends with the group ends with it here too.
 */
export function pathAround({ links, grave }: Chain, asOfMs: number): readonly ChainNode[] {
  const before = links.findLast((link) => link.version.asOfMs < asOfMs) ?? NOTHING;
  const group = links.filter((link) => link.version.asOfMs === asOfMs);
  const after = links.find((link) => link.version.asOfMs > asOfMs) ?? grave;
  return after === null ? [before, ...group] : [before, ...group, after];
}

/** The last nodes of the chain: its newest link, and the grave if there is one. */
export function pathAtEnd({ links, grave }: Chain): readonly ChainNode[] {
  const last = links.at(-1) ?? NOTHING;
  return grave === null ? [last] : [last, grave];
}

/** The whole chain. */
export function wholePath({ links, grave }: Chain): readonly ChainNode[] {
  const path: readonly ChainNode[] = [NOTHING, ...links];
  return grave === null ? path : [...path, grave];
}

/** The end that a tombstone makes of a chain. The body is that of the entity's own deletion, if one carried it. */
export function graveOf(tombstone: Tombstone | null, told: readonly Told[]): Grave | null {
  if (tombstone === null) return null;
  const { deletedAtMs, death } = tombstone;
  const spoken = told.filter(({ change, body }) => change === "deleted" && body !== null);
  const last = spoken.toSorted((left, right) => compareVersions(left.version, right.version)).at(-1);
  const { type, source, svixId, receivedAtMs } = death;
  return { _tag: "Grave", type, source, deletedAtMs, svixId, receivedAtMs, body: last?.body ?? null };
}

function linksOfGroup(group: readonly Told[]): readonly Link[] {
  const happened = group.filter(({ source }) => source === "webhook");
  const byType = new Map<string, Link>();
  for (const { type, source, version, receivedAtMs, body } of happened.length > 0 ? happened : group) {
    const other = byType.get(type);
    const newest = other === undefined || compareVersions(version, other.version) > 0 ? { version, body } : other;
    byType.set(type, {
      _tag: "Link",
      type,
      source,
      version: newest.version,
      receivedAtMs: Math.min(receivedAtMs, other?.receivedAtMs ?? receivedAtMs),
      body: newest.body,
    });
  }
  return [...byType.values()];
}
