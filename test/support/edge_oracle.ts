import { keyOf } from "./oracle.ts";
import type { StoryMessage } from "./stories.ts";

/** A link of a chain, or its end, straight from the wire. */
export interface OracleNode {
  readonly kind: "link" | "grave";
  readonly type: string;
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly observed: boolean;
  readonly bornAtMs: number | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly svixId: string;
}

export interface OracleEdge {
  readonly table: string;
  readonly id: string;
  readonly intent: string;
  readonly before: OracleNode | null;
  readonly after: OracleNode;
}

export interface OracleChain {
  readonly edges: readonly OracleEdge[];
  /** The newest live version's data. */
  readonly head: Readonly<Record<string, unknown>> | null;
  readonly isDeleted: boolean;
}

/**
 * The chains of a set of messages, by `<table>/<id>`: sort everything, group, walk the neighbours. Made from the text
 * of the design over the wire format; shares no code with what it judges.
 */
export function chainsOf(history: readonly StoryMessage[]): ReadonlyMap<string, OracleChain> {
  const chains = new Map<string, OracleChain>();
  for (const [key, messages] of Map.groupBy(history, keyOf)) {
    const links = linksOf(messages.filter((it) => !isDeletion(it)));
    const grave = graveOf(messages, history);
    const nodes = grave === null ? links : [...links, grave];
    const [table = "", id = ""] = key.split("/");
    const edges = nodes.map((after, index): OracleEdge => {
      const before = nodes[index - 1] ?? null;
      const intent = after.kind === "grave" ? "-" : before === null ? "+" : `${after.atMs}/${after.type}`;
      return { table, id, intent, before, after };
    });
    chains.set(key, { edges, head: links.at(-1)?.data ?? null, isDeleted: grave !== null });
  }
  return chains;
}

function linksOf(lives: readonly StoryMessage[]): readonly OracleNode[] {
  const groups = [...Map.groupBy(lives, (it) => it.envelope.data.updated_at ?? it.envelope.timestamp)];
  groups.sort(([left], [right]) => left - right);
  return groups.flatMap(([atMs, group]) => {
    const happened = group.filter((it) => it.source === "webhook");
    const counted = happened.length > 0 ? happened : group;
    const links = [...Map.groupBy(counted, typeOf)].map(([type, alike]) => {
      const order = [...alike].sort(byRank);
      const newest = order.at(-1) as StoryMessage;
      return {
        newest,
        node: {
          kind: "link" as const,
          type,
          atMs,
          receivedAtMs: Math.min(...alike.map((it) => it.receivedAtMs)),
          observed: newest.source === "api",
          bornAtMs: (newest.envelope.data["created_at"] as number | undefined) ?? null,
          data: newest.envelope.data,
          svixId: newest.svixId,
        },
      };
    });
    return links.sort((left, right) => byRank(left.newest, right.newest)).map(({ node }) => node);
  });
}

function typeOf(message: StoryMessage): string {
  return message.source === "api" ? "observed" : message.envelope.type;
}

/** Within one instant: creations first, then the envelope's time, then the id. Observations have their own instant. */
function byRank(left: StoryMessage, right: StoryMessage): number {
  const rank = (it: StoryMessage): number => (it.envelope.type.endsWith(".created") ? 0 : 1);
  const bothHappened = left.source === "webhook" && right.source === "webhook";
  if (bothHappened && rank(left) !== rank(right)) return rank(left) - rank(right);
  if (bothHappened && left.envelope.timestamp !== right.envelope.timestamp) {
    return left.envelope.timestamp - right.envelope.timestamp;
  }
  return left.svixId < right.svixId ? -1 : 1;
}

function graveOf(messages: readonly StoryMessage[], history: readonly StoryMessage[]): OracleNode | null {
  const own = messages.filter(isDeletion);
  const parents = new Set(messages.flatMap(parentsOf));
  const all = [...own, ...history.filter((it) => isDeletion(it) && parents.has(keyOf(it)))];
  if (all.length === 0) return null;
  const preferred = [...all].sort((left, right) => {
    if (left.source !== right.source) return left.source === "webhook" ? -1 : 1;
    if (left.envelope.timestamp !== right.envelope.timestamp) return left.envelope.timestamp - right.envelope.timestamp;
    return left.svixId < right.svixId ? -1 : 1;
  })[0] as StoryMessage;
  const spoken = own
    .filter((it) => "organization" in it.envelope.data)
    .sort((left, right) => left.envelope.timestamp - right.envelope.timestamp || (left.svixId < right.svixId ? -1 : 1));
  return {
    kind: "grave",
    type: preferred.envelope.type,
    atMs: Math.min(...all.map((it) => it.envelope.timestamp)),
    receivedAtMs: preferred.receivedAtMs,
    observed: preferred.source === "api",
    bornAtMs: null,
    data: spoken.at(-1)?.envelope.data ?? null,
    svixId: preferred.svixId,
  };
}

function isDeletion({ envelope }: StoryMessage): boolean {
  return envelope.type.endsWith(".deleted");
}

function parentsOf({ envelope: { type, data } }: StoryMessage): readonly string[] {
  const organization = data["organization"] as { id: string } | undefined;
  const member = data["public_user_data"] as { user_id: string } | undefined;
  if (organization !== undefined) return [`organizations/${organization.id}`, `users/${member?.user_id}`];
  if (type.startsWith("session.")) return [`users/${data["user_id"]}`];
  if (type.startsWith("subscriptionItem.")) return [`subscriptions/${data["subscription_id"]}`];
  return "organization_id" in data ? [`organizations/${data["organization_id"]}`] : [];
}
