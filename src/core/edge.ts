import type { ChainNode, Grave, Link } from "./chain.ts";

/**
 * Two neighbours of a chain. A side effect belongs to an edge, never to an arrival, and an edge is known by its
 * intent: `+` out of nothing, `-` into the grave, else `<asOfMs>/<event type>` of its head. So what a late message
 * only moves keeps its intent, and what is still wanted keeps its job.
 */
export interface Edge {
  readonly intent: string;
  readonly before: ChainNode;
  readonly after: Link | Grave;
}

/** The edges along a path. */
export function edgesOf(path: readonly ChainNode[]): readonly Edge[] {
  return path.slice(1).flatMap((after, index): readonly Edge[] => {
    const before = path[index];
    if (before === undefined || after._tag === "Nothing") return [];
    return [{ intent: intentOf(before, after), before, after }];
  });
}

/** What a message made of a path: edges that are new or have other ends, and intents that are gone. */
export interface EdgeChange {
  readonly made: readonly Edge[];
  readonly gone: readonly string[];
  /** True when all that changed is that edges were added, and none has other ends than before. */
  readonly isGrowth: boolean;
}

/** Compares the edges before a message with those after it. */
export function compareEdges(before: readonly Edge[], after: readonly Edge[]): EdgeChange {
  const old = new Map(before.map((edge) => [edge.intent, edge]));
  const kept = new Set(after.map(({ intent }) => intent));
  const made = after.filter((edge) => !sameEnds(old.get(edge.intent), edge));
  const gone = before.map(({ intent }) => intent).filter((intent) => !kept.has(intent));
  return { made, gone, isGrowth: gone.length === 0 && made.every(({ intent }) => !old.has(intent)) };
}

function intentOf(before: ChainNode, after: Link | Grave): string {
  if (after._tag === "Grave") return "-";
  return before._tag === "Nothing" ? "+" : `${after.version.asOfMs}/${after.type}`;
}

function sameEnds(left: Edge | undefined, right: Edge): boolean {
  return left !== undefined && sameNode(left.before, right.before) && sameNode(left.after, right.after);
}

function sameNode(left: ChainNode, right: ChainNode): boolean {
  if (left._tag === "Nothing" || right._tag === "Nothing") return left._tag === right._tag;
  if (left.receivedAtMs !== right.receivedAtMs) return false;
  if (left._tag === "Link" && right._tag === "Link") return left.version.svixId === right.version.svixId;
  if (left._tag !== "Grave" || right._tag !== "Grave") return false;
  return left.svixId === right.svixId && left.deletedAtMs === right.deletedAtMs && left.body === right.body;
}
