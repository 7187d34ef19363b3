import { type ChainNode, chainOf, type Edge, edgesOf, type Told, type Tombstone, wholePath } from "../../core/mod.ts";

/**
 * What a message is to its entity now.
 *
 * - `current`: its value is the row's.
 * - `superseded`: a link of the chain, newer ones follow.
 * - `folded`: the same happening as another message, or an observation of what a webhook told: it adds nothing.
 * - `after_deletion`: as of after the deletion, which is final.
 * - `deletion`: it stands for the entity's end.
 * - `quarantined`, `foreign`, `ignored`: set aside, no part of the chain.
 */
export type Standing =
  | "current"
  | "superseded"
  | "folded"
  | "after_deletion"
  | "deletion"
  | "quarantined"
  | "foreign"
  | "ignored";

/** A part of an entity's chain: the groups around some messages, and those on both sides of them. */
export interface ChainPart {
  /** Live versions, of any order. */
  readonly told: readonly Told[];
  /** No newer group is on file. */
  readonly isAtEnd: boolean;
  readonly tombstone: Tombstone | null;
}

/** Where a message stands in its chain. */
export interface Placing {
  readonly standing: Standing;
  /** The svix id of what follows it, or stands for it too. Null: nothing. */
  readonly supersededBy: string | null;
  /** Of the edge that it is the head of. */
  readonly intent: string | null;
}

/** Places messages of the part's groups. The order is the core's: this only looks up what it says. */
export function makePlacing({
  told,
  isAtEnd,
  tombstone,
}: ChainPart): (version: { readonly svixId: string; readonly asOfMs: number; readonly type: string }) => Placing {
  const path = wholePath(chainOf(told, isAtEnd ? tombstone : null));
  const edges = new Map(edgesOf(path).map((edge) => [idOf(edge.after), edge]));
  const next = new Map(path.map((node, index) => [idOf(node), path[index + 1] ?? null]));
  return ({ svixId, asOfMs, type }) => {
    const edge = edges.get(svixId);
    if (edge === undefined) return folded(standIn(path, { asOfMs, type }));
    const isAfter = tombstone !== null && asOfMs >= tombstone.deletedAtMs;
    if (isAfter) return { standing: "after_deletion", supersededBy: tombstone.death.svixId, intent: edge.intent };
    return placed(edge, next.get(svixId) ?? null);
  };
}

/** A deletion: one stands for all. */
export function placeDeletion(svixId: string, tombstone: Tombstone | null): Placing {
  if (tombstone === null) return folded(null);
  const { death } = tombstone;
  return death.svixId === svixId ? { standing: "deletion", supersededBy: null, intent: "-" } : folded(death.svixId);
}

function placed({ intent }: Edge, follower: ChainNode | null): Placing {
  if (follower === null) return { standing: "current", supersededBy: null, intent };
  return { standing: "superseded", supersededBy: idOf(follower), intent };
}

function folded(by: string | null): Placing {
  return { standing: "folded", supersededBy: by, intent: null };
}

/** The link that stands for a message that is none: that of its type, else the group's last. */
function standIn(path: readonly ChainNode[], of: { readonly asOfMs: number; readonly type: string }): string | null {
  const group = path.filter((node) => node._tag === "Link").filter(({ version }) => version.asOfMs === of.asOfMs);
  const link = group.find(({ type }) => type === of.type) ?? group.at(-1);
  return link?.version.svixId ?? null;
}

function idOf(node: ChainNode): string {
  if (node._tag === "Nothing") return "";
  return node._tag === "Grave" ? node.svixId : node.version.svixId;
}
