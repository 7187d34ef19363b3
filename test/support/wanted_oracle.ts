import type { FieldChange, OnDelete } from "../../src/core/mod.ts";
import { chainsOf, type OracleEdge } from "./edge_oracle.ts";
import type { StoryMessage } from "./stories.ts";

/** What of a job is a function of the messages. */
export interface Wanted {
  readonly key: string;
  readonly payload: unknown;
  readonly startAtMs: number;
  readonly moot: boolean;
}

const DAY_MS = 86_400_000;
/** Kinds by table. */
export const KINDS: Readonly<Record<string, string>> = {
  users: "user",
  organizations: "organization",
  organization_memberships: "organization_membership",
  organization_invitations: "organization_invitation",
  organization_domains: "organization_domain",
  sessions: "session",
  subscriptions: "subscription",
  subscription_items: "subscription_item",
  roles: "role",
  messages: "message",
};

/** The same six policies, written anew over the oracle's edges. */
export function wantedBy(
  history: readonly StoryMessage[],
  onDelete: OnDelete,
  isOn: (policy: string) => boolean = () => true,
): readonly Wanted[] {
  const wanted: Wanted[] = [];
  for (const { edges, head, isDeleted } of chainsOf(history).values()) {
    const own: (Wanted & { readonly death: boolean })[] = [];
    const once = new Set<string>();
    const want = (
      name: string,
      edge: OracleEdge,
      payload: unknown,
      options: { once?: true; after?: number; settle?: number; never?: true; ended?: true } = {},
    ): void => {
      if (!isOn(name)) return;
      const base = `${name}/${KINDS[edge.table]}/${edge.id}`;
      if (options.once === true && once.has(base)) return;
      once.add(base);
      const death = edge.after.kind === "grave";
      const isMoot =
        !death && options.never !== true && (isDeleted || (options.ended === true && head?.["status"] === "ended"));
      own.push({
        key: options.once === true ? base : `${base}/${intentOf(edge)}`,
        payload,
        startAtMs: Math.max(edge.after.atMs + (options.after ?? 0), edge.after.receivedAtMs + (options.settle ?? 0)),
        moot: isMoot,
        death,
      });
    };
    for (const edge of edges) {
      const { table, before, after } = edge;
      const live = after.kind === "link";
      const happenedAtMs = before === null && after.bornAtMs !== null ? after.bornAtMs : after.atMs;
      const fresh = !live || after.receivedAtMs - happenedAtMs <= 3 * DAY_MS;
      const seen = !live || !after.observed;
      const [from, to] = [mark(before), live ? mark(after) : (mark(after) ?? mark(before))];
      const event = eventOf(edge);
      if (table === "users") {
        if (!live && mark(before) === "red") want("goodbye", edge, { to: "red" });
        if (seen) want("audit", edge, { from, to, event, gone: !live }, { never: true, after: 5, settle: 7 });
        if (live && fresh) want("observing", edge, { from, to });
        if (live && fresh && seen && event === "user.created") want("welcome", edge, { to }, { once: true });
        if (to === "red") want("first-red", edge, { from, event }, { once: true, never: true });
      }
      if (table === "organization_memberships") {
        const who = (after.data ?? before?.data)?.["public_user_data"] as { user_id: string } | undefined;
        if (!live) want("access", edge, { user: who?.user_id ?? null });
        else if (before === null && seen) want("access", edge, { user: who?.user_id });
      }
      if (table === "sessions" && before === null && live && seen) {
        want("reminder", edge, { say: "still there?" }, { after: 3 * DAY_MS, ended: true });
      }
    }
    const isSealed = isDeleted && onDelete === "erase" && !own.some(({ death }) => death);
    if (!isSealed) wanted.push(...own.map(({ death: _, ...it }) => it));
  }
  return wanted.sort(byKey);
}

function mark(node: OracleEdge["before"]): string | null {
  return ((node?.data?.["public_metadata"] as { mark?: string } | undefined)?.mark ?? null) as string | null;
}

/** The line of the change log that tells the mark. */
export function marksOf({ before, after }: OracleEdge): FieldChange | null {
  if (before === null || after.kind === "grave" || mark(before) === mark(after)) return null;
  return { path: "public_metadata.mark", before: mark(before), after: mark(after) };
}

export function eventOf({ table, after }: OracleEdge): string {
  return after.type === "observed" ? `${KINDS[table]}.observed` : after.type;
}

export function intentOf(edge: OracleEdge): string {
  return edge.intent.replace(/observed$/, `${KINDS[edge.table]}.observed`);
}

export function byKey(left: { readonly key: string }, right: { readonly key: string }): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}
