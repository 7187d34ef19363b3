import { bornIn } from "./builtin_edge.ts";
import { type EmailOptions, emailTask, timingOf } from "./builtin_options.ts";
import { type Span, spanMs } from "./duration.ts";
import { type PolicyOf, policy } from "./policy.ts";

export interface InvitationReminderOptions extends EmailOptions {
  /** How long after the invitation was made. @default "3 days" */
  readonly after?: Span;
}

const ANSWERED = ["accepted", "revoked", "expired"] as const;

/**
 * `invitation-reminder`: an e-mail to somebody who was invited to an organization and has not answered.
 *
 * - Plans on the invitation's first version, unless it has no address, is answered, or will have expired by the time
 *   of the reminder.
 * - Key `invitation-reminder/organization_invitation/<id>/+`. Waits until `after` has passed since the invitation was
 *   made.
 * - Cancelled when the invitation is accepted, revoked or expired, and by its organization's deletion.
 * - Handler `email`, payload `{ to, template: "invitation-reminder", data: { invitationId, organizationId, inviterId,
 *   role, url, expiresAtMs } }`. The `url` lets its reader in.
 */
export function invitationReminder(options: InvitationReminderOptions = {}): PolicyOf<"organization_invitation"> {
  // NaN, of words that are no span, makes the planner say so.
  const afterMs = spanMs(options.after ?? "3 days") ?? Number.NaN;
  const planning = { kind: "organization_invitation", until: { status: ANSWERED }, ...timingOf(options) } as const;
  return policy("invitation-reminder", planning, (change) => {
    const born = bornIn(change);
    if (born === null || ANSWERED.some((status) => status === born.value.status)) return [];
    const { emailAddress: to, organizationId, inviterId, role, url, expiresAtMs, createdAtMs } = born.value;
    const atMs = (createdAtMs ?? born.asOfMs) + afterMs;
    if (to === null || (expiresAtMs !== null && atMs >= expiresAtMs)) return [];
    const data = { invitationId: change.ref.id, organizationId, inviterId, role, url, expiresAtMs };
    return [emailTask(options, { to, template: "invitation-reminder", data }, { after: { atMs } })];
  });
}
