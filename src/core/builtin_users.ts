import { asOfMsOf, bornIn, changedMetadata, livingValue } from "./builtin_edge.ts";
import { type EmailOptions, emailTask, type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import { type Span, spanMs } from "./duration.ts";
import type { JsonObject } from "./json.ts";
import { type PolicyOf, policy } from "./policy.ts";
import type { UserValue } from "./value_user.ts";

export interface WelcomeOptions extends EmailOptions {
  /** How long after the account was made its first address is still a reason to welcome. @default "3 days" */
  readonly within?: Span;
}

/**
 * `welcome`: an e-mail to a new user, once.
 *
 * - Plans on the first version that has a primary e-mail address, if it is as of at most `within` after the account
 *   was made: mostly `user.created`. An old account that is first seen now, or gets its address now, is not welcomed.
 *   Nor is one whose address was first seen in a snapshot of Clerk's API (unless `observed`).
 * - Key `welcome/user/<id>`: one a user, for ever.
 * - Waits five seconds after the receipt, unless `settle` says otherwise. Cancelled by the user's deletion; withdrawn
 *   when a late version shows that there was an address before.
 * - Handler `email`, payload `{ to, template: "welcome", data: { userId, firstName } }`.
 */
export function welcome(options: WelcomeOptions = {}): PolicyOf<"user"> {
  const withinMs = spanMs(options.within ?? "3 days");
  // Of words that are no span, the planner says so.
  const after = withinMs === null ? { atMs: Number.NaN } : 0;
  const planning = { kind: "user", once: true, settle: "5 seconds", ...timingOf(options) } as const;
  return policy("welcome", planning, (change) => {
    const value = livingValue(change.after);
    if (value === null || (livingValue(change.before)?.primaryEmailAddress ?? null) !== null) return [];
    const { primaryEmailAddress: to, firstName, createdAtMs } = value;
    const ageMs = asOfMsOf(change) - (createdAtMs ?? asOfMsOf(change));
    if (to === null || (withinMs !== null && ageMs > withinMs)) return [];
    return [emailTask(options, { to, template: "welcome", data: { userId: change.ref.id, firstName } }, { after })];
  });
}

/**
 * `provision`: makes a new user known elsewhere, once.
 *
 * - Plans on the user's first version, with or without an e-mail address.
 * - Key `provision/user/<id>`.
 * - Cancelled by the user's deletion. A late `user.created` only gives the waiting job its payload.
 * - Your handler, payload `{ userId, externalId, email }`, as of the first version: `email` may be null.
 */
export function provision(options: HandlerOptions): PolicyOf<"user"> {
  return policy("provision", { kind: "user", once: true, ...timingOf(options) }, (change) => {
    const born = bornIn(change);
    if (born === null) return [];
    const { externalId, primaryEmailAddress: email } = born.value;
    return [task(options, { userId: change.ref.id, externalId, email })];
  });
}

export interface PermissionsOptions extends HandlerOptions {
  /** Names in public and private metadata that say what a user may do. @default ["role", "roles", "permissions"] */
  readonly metadataKeys?: readonly string[];
}

/**
 * `permissions`: a user was banned, unbanned, locked, unlocked, switched off or on by a directory, or has other
 * metadata under the names that say what a user may do. Metadata that users can write themselves is not looked at.
 *
 * - Plans on every such change, and on the first version if it is banned, locked, switched off or has such metadata.
 * - Key `permissions/user/<id>/<asOfMs>/<event type>`, on the first version `permissions/user/<id>/+`.
 * - Cancelled by the user's deletion; withdrawn, or given another payload, when a late version tells it otherwise.
 * - Your handler, payload `{ userId, changed, asOfMs }`: `changed` has what changed with its value now, such as
 *   `{ "banned": true, "publicMetadata.role": "admin" }`, null for what is gone. Jobs of one user may run in any
 *   order: let the greatest `asOfMs` win.
 */
export function permissions(options: PermissionsOptions): PolicyOf<"user"> {
  const keys = options.metadataKeys ?? ["role", "roles", "permissions"];
  return policy("permissions", { kind: "user", ...timingOf(options) }, (change) => {
    const to = livingValue(change.after);
    if (to === null) return [];
    const changed = changedPermissions(livingValue(change.before), to, keys);
    if (Object.keys(changed).length === 0) return [];
    return [task(options, { userId: change.ref.id, changed, asOfMs: asOfMsOf(change) })];
  });
}

const FLAGS = ["banned", "locked", "deprovisioned"] as const;

/** Null for a user who was not: nothing is held against them, and they may do nothing. */
function changedPermissions(from: UserValue | null, to: UserValue, keys: readonly string[]): JsonObject {
  const flags = FLAGS.filter((flag) => (from?.[flag] === true) !== (to[flag] === true));
  const metadata = (["publicMetadata", "privateMetadata"] as const).map((prefix) =>
    changedMetadata(from === null ? {} : from[prefix], to[prefix], { prefix, keys }),
  );
  return Object.assign({}, Object.fromEntries(flags.map((flag) => [flag, to[flag] === true])), ...metadata);
}
