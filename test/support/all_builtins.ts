import { builtin } from "../../src/core/builtin.ts";
import type { Policy } from "../../src/core/mod.ts";

const HANDLER = { handler: "log" } as const;

/** Every built-in policy, switched on. */
export const BUILTINS: readonly Policy[] = [
  builtin.welcome(),
  builtin.provision(HANDLER),
  builtin.permissions(HANDLER),
  builtin.cleanup(HANDLER),
  builtin.cancelSubscriptions(HANDLER),
  builtin.archive(),
  builtin.sessionCleanup(HANDLER),
  builtin.forceReauth(HANDLER),
  builtin.securityAudit(),
  builtin.activityLog(),
  builtin.sessionLimit({ max: 3 }),
  builtin.workspace(HANDLER),
  builtin.defaultRoles(HANDLER),
  builtin.billingSync(HANDLER),
  builtin.permissionsSync(HANDLER),
  builtin.grantAccess(HANDLER),
  builtin.revokeAccess(HANDLER),
  builtin.notify(),
  builtin.invitationReminder(),
  builtin.entitlements(HANDLER),
  builtin.dunning(),
  builtin.trialEnding(),
  builtin.deliverMessage(HANDLER),
];
