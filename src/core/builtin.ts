import { dunning, entitlements, trialEnding } from "./builtin_billing.ts";
import { archive, cancelSubscriptions, cleanup } from "./builtin_farewells.ts";
import { invitationReminder } from "./builtin_invitations.ts";
import { grantAccess, notify, revokeAccess } from "./builtin_memberships.ts";
import { deliverMessage } from "./builtin_messages.ts";
import { billingSync, defaultRoles, permissionsSync, workspace } from "./builtin_organizations.ts";
import { activityLog, forceReauth, securityAudit, sessionCleanup, sessionLimit } from "./builtin_sessions.ts";
import { permissions, provision, welcome } from "./builtin_users.ts";

export type { DunningOptions, EntitlementsOptions, TrialEndingOptions } from "./builtin_billing.ts";
export type { InvitationReminderOptions } from "./builtin_invitations.ts";
export type { BuiltinOptions, DefaultedOptions, EmailOptions, HandlerOptions } from "./builtin_options.ts";
export type { SessionLimitOptions } from "./builtin_sessions.ts";
export type { PermissionsOptions, WelcomeOptions } from "./builtin_users.ts";

/**
 * A policy for each use that the field knows. Each is off until your configuration lists what it makes:
 *
 * ```ts
 * policies: [builtin.welcome({ from: "hello@example.com" }), builtin.provision({ handler: "crm.sync" })]
 * ```
 *
 * To add one: a function in the `builtin_*.ts` of what it is about, listed here; its name in `NAMES` of
 * `test/core/builtin_test.ts` and in the README. That test reads the doc comment: its first word is the policy's name, and
 * its `Key` line must explain every key that the policy makes, in the lives that the test tells. `builtin_edge.ts` and
 * `builtin_options.ts` are what they share.
 *
 * What a deletion wants never depends on what was there before: so that the jobs of a life whose deletion comes first
 * are those of a life told in order, even where the deletion erases it.
 */
export const builtin = {
  welcome,
  provision,
  permissions,
  cleanup,
  cancelSubscriptions,
  archive,
  sessionCleanup,
  forceReauth,
  securityAudit,
  activityLog,
  sessionLimit,
  workspace,
  defaultRoles,
  billingSync,
  permissionsSync,
  grantAccess,
  revokeAccess,
  notify,
  invitationReminder,
  entitlements,
  dunning,
  trialEnding,
  deliverMessage,
} as const;
