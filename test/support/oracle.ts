import type { WireMessage } from "./histories.ts";

/** What a row must show, as far as it is a function of the messages. */
export interface ExpectedRow {
  readonly deletedAtMs: number | null;
  /** `data.updated_at` of the newest version; null when there is none. */
  readonly updatedAtMs: number | null;
  /** The newest version's payload, or null where only a deletion is known. Erased: not compared, but free of marks. */
  readonly data: unknown;
  readonly erased: boolean;
  readonly lastSignInAtMs: number | null;
}

const TABLES: Readonly<Record<string, string>> = {
  user: "users",
  organization: "organizations",
  organizationMembership: "organization_memberships",
  organizationInvitation: "organization_invitations",
  organizationDomain: "organization_domains",
  session: "sessions",
  subscription: "subscriptions",
  subscriptionItem: "subscription_items",
  role: "roles",
  sms: "messages",
};

/**
 * The tables that a set of messages must end in: sort, then fold, over the wire format alone. Shares no code with
 * what it judges. Keys are `<table>/<id>`.
 */
export function expectedRows(
  history: readonly WireMessage[],
  { onDelete }: { readonly onDelete: "erase" | "keep" },
): ReadonlyMap<string, ExpectedRow> {
  const byEntity = Map.groupBy(history, (message) => keyOf(message));
  const rows = new Map<string, ExpectedRow>();
  for (const [key, messages] of byEntity) {
    const lives = messages.filter((it) => !isDeletion(it)).sort(byAge);
    const deaths = messages.filter(isDeletion).sort(byAge);
    const parents = new Set(messages.flatMap(parentsOf));
    const parentDeaths = history.filter((it) => isDeletion(it) && parents.has(keyOf(it)));
    const times = [...deaths, ...parentDeaths].map((it) => it.envelope.timestamp);
    const deletedAtMs = times.length === 0 ? null : Math.min(...times);
    const shown = lives.at(-1) ?? deaths.filter((it) => "organization" in it.envelope.data).at(-1);
    const erased = deletedAtMs !== null && onDelete === "erase";
    rows.set(key, {
      deletedAtMs,
      updatedAtMs: shown?.envelope.data.updated_at ?? null,
      data: shown === undefined ? null : redacted(shown.envelope.data),
      erased,
      lastSignInAtMs: erased || !key.startsWith("users/") ? null : signInOf(history, key, shown),
    });
  }
  return rows;
}

export function keyOf({ envelope }: WireMessage): string {
  const table = TABLES[envelope.type.split(".")[0] ?? ""];
  return `${table}/${envelope.data.id}`;
}

function isDeletion({ envelope }: WireMessage): boolean {
  return envelope.type.endsWith(".deleted");
}

function byAge(left: WireMessage, right: WireMessage): number {
  const [a, b] = [ageOf(left), ageOf(right)];
  for (let place = 0; place < a.length; place += 1) {
    const [x, y] = [a[place] ?? 0, b[place] ?? 0];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function ageOf(message: WireMessage): readonly (number | string)[] {
  const { type, timestamp, data } = message.envelope;
  const asOf = isDeletion(message) ? timestamp : (data.updated_at ?? timestamp);
  return [asOf, type.endsWith(".created") ? 0 : 1, timestamp, message.svixId];
}

/** Whose deletion would end it, as keys of the expected rows. */
export function parentsOf({ envelope: { type, data } }: WireMessage): readonly string[] {
  const organization = data["organization"] as { id: string } | undefined;
  const member = data["public_user_data"] as { user_id: string } | undefined;
  switch (type.split(".")[0]) {
    case "organizationMembership":
      return [`organizations/${organization?.id}`, `users/${member?.user_id}`];
    case "organizationInvitation":
    case "organizationDomain":
      return [`organizations/${data["organization_id"]}`];
    case "session":
      return [`users/${data["user_id"]}`];
    case "subscriptionItem":
      return [`subscriptions/${data["subscription_id"]}`];
    default:
      return [];
  }
}

function signInOf(history: readonly WireMessage[], key: string, shown: WireMessage | undefined): number | null {
  const own = shown?.envelope.data["last_sign_in_at"] as number | null | undefined;
  const sessions = history.filter((it) => parentsOf(it).includes(key) && keyOf(it).startsWith("sessions/"));
  const times = [own ?? null, ...sessions.map((it) => it.envelope.data["created_at"] as number)];
  const known = times.filter((it) => it !== null);
  return shown === undefined || known.length === 0 ? null : Math.max(...known);
}

function redacted(data: WireMessage["envelope"]["data"]): unknown {
  return "message" in data ? { ...data, message: "[redacted]" } : data;
}
