import { asOfMsOf, livingValue } from "./builtin_edge.ts";
import { type DefaultedOptions, type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import type { JsonObject } from "./json.ts";
import type { EntityRef } from "./kind.ts";
import { type Change, type PolicyOf, policy } from "./policy.ts";

/**
 * `grant-access`: lets a member in, in the role that the membership has.
 *
 * - Plans on the membership's first version, and whenever its role changes.
 * - Key `grant-access/organization_membership/<id>/+`, for another role `/<asOfMs>/<event type>`.
 * - Waits until the user and the organization are on file. Cancelled by the membership's end: its own deletion, its
 *   user's or its organization's. Withdrawn, or given another payload, when a late version tells the role otherwise.
 * - Your handler, payload `{ membershipId, organizationId, userId, role, asOfMs }`. Jobs of one membership may run in
 *   any order: let the greatest `asOfMs` win.
 */
export function grantAccess(options: HandlerOptions): PolicyOf<"organization_membership"> {
  return policy("grant-access", { kind: "organization_membership", ...timingOf(options) }, (change) =>
    happeningOf(change) === "left" || happeningOf(change) === null
      ? []
      : [task(options, { ...memberOf(change), asOfMs: asOfMsOf(change) }, { needs: neededBy(change) })],
  );
}

/**
 * `revoke-access`: shuts a member out who no longer is one.
 *
 * - Plans on the membership's end, however late: its own deletion, its user's or its organization's, which are one
 *   and the same job. Also for a membership of which nothing but the deletion was ever seen.
 * - Key `revoke-access/organization_membership/<id>/-`. Waits for nothing; nothing cancels it but a person.
 * - Your handler, payload `{ membershipId, organizationId, userId, role, asOfMs }`: the role last held. All but the
 *   membership's id are null for a deletion that was only observed of a membership never seen. A member who left and
 *   came back has another membership: take away what this one gave.
 */
export function revokeAccess(options: HandlerOptions): PolicyOf<"organization_membership"> {
  const planning = { kind: "organization_membership", until: "never", ...timingOf(options) } as const;
  return policy("revoke-access", planning, (change) =>
    happeningOf(change) === "left" ? [task(options, { ...memberOf(change), asOfMs: asOfMsOf(change) })] : [],
  );
}

/**
 * `notify`: tells people that somebody joined an organization, left it or has another role there.
 *
 * - Plans on the membership's first version, whenever its role changes, and on its end. An organization that is
 *   deleted tells of each of its members.
 * - Key `notify/organization_membership/<id>/+`, for another role `/<asOfMs>/<event type>`, at the end `/-`.
 * - The end cancels what was not told before it; nothing but a person cancels the telling of the end.
 * - Handler `slack` unless you name one, payload `{ text, happening, membershipId, organizationId, userId, role }`:
 *   `happening` is `joined`, `role` or `left`.
 */
export function notify(options: DefaultedOptions = {}): PolicyOf<"organization_membership"> {
  return policy("notify", { kind: "organization_membership", ...timingOf(options) }, (change) => {
    const happening = happeningOf(change);
    if (happening === null) return [];
    const payload = { text: TEXTS[happening](change), happening, ...memberOf(change) };
    return [task({ handler: "slack", ...options }, payload)];
  });
}

type Happening = "joined" | "role" | "left";

function happeningOf({ before, after }: Change<"organization_membership">): Happening | null {
  if (after._tag === "Deleted") return "left";
  if (before._tag === "Absent") return "joined";
  return livingValue(before)?.role === after.value.role ? null : "role";
}

const TEXTS: { readonly [H in Happening]: (change: Change<"organization_membership">) => string } = {
  joined: (change) => `${userIn(change)} joined ${organizationIn(change)} as ${roleIn(change)}`,
  role: (change) => `${userIn(change)} is now ${roleIn(change)} in ${organizationIn(change)}`,
  left: (change) => `${userIn(change)} left ${organizationIn(change)}`,
};

function userIn({ after }: Change<"organization_membership">): string {
  return after.value?.userId ?? "Somebody";
}

function organizationIn({ after }: Change<"organization_membership">): string {
  return after.value?.organizationId ?? "an organization";
}

function roleIn({ after }: Change<"organization_membership">): string {
  return after.value?.role ?? "a member";
}

function memberOf({ ref, after }: Change<"organization_membership">): JsonObject {
  const { organizationId = null, userId = null, role = null } = after.value ?? {};
  return { membershipId: ref.id, organizationId, userId, role };
}

function neededBy({ after }: Change<"organization_membership">): readonly EntityRef[] {
  const { organizationId = null, userId = null } = after.value ?? {};
  return [
    ...(organizationId === null ? [] : [{ kind: "organization", id: organizationId } as const]),
    ...(userId === null ? [] : [{ kind: "user", id: userId } as const]),
  ];
}
