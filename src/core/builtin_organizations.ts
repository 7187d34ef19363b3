import { asOfMsOf, bornIn, changedFields, changedMetadata, livingValue } from "./builtin_edge.ts";
import { type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import type { JsonObject } from "./json.ts";
import { type Change, type PolicyOf, policy } from "./policy.ts";
import type { OrganizationValue } from "./value_organization.ts";

/**
 * `workspace`: makes room for a new organization, once.
 *
 * - Plans on the organization's first version.
 * - Key `workspace/organization/<id>`.
 * - Cancelled by the organization's deletion. A late `organization.created` only gives the waiting job its payload.
 * - Your handler, payload `{ organizationId, name, slug, createdBy }`, as of the first version.
 */
export function workspace(options: HandlerOptions): PolicyOf<"organization"> {
  return policy("workspace", { kind: "organization", once: true, ...timingOf(options) }, (change) => {
    const born = bornIn(change);
    if (born === null) return [];
    const { name, slug, createdBy } = born.value;
    return [task(options, { organizationId: change.ref.id, name, slug, createdBy })];
  });
}

/**
 * `default-roles`: gives a new organization the roles that your application starts with.
 *
 * - Plans on the organization's first version.
 * - Key `default-roles/organization/<id>/+`.
 * - Cancelled by the organization's deletion. A late `organization.created` only gives the waiting job its payload.
 * - Your handler, payload `{ organizationId, createdBy, roleSetKey }`, as of the first version.
 */
export function defaultRoles(options: HandlerOptions): PolicyOf<"organization"> {
  return policy("default-roles", { kind: "organization", ...timingOf(options) }, (change) => {
    const born = bornIn(change);
    if (born === null) return [];
    const { createdBy, roleSetKey } = born.value;
    return [task(options, { organizationId: change.ref.id, createdBy, roleSetKey })];
  });
}

/**
 * `billing-sync`: what an invoice says of an organization has changed: its name, slug, metadata or number of seats.
 *
 * - Plans on every such change; not on the first version, which is `workspace`'s.
 * - Key `billing-sync/organization/<id>/<asOfMs>/<event type>`.
 * - Cancelled by the organization's deletion; withdrawn, or given another payload, when a late version tells it
 *   otherwise.
 * - Your handler, payload `{ organizationId, changed, asOfMs }`: `changed` has what changed with its value now, such
 *   as `{ "name": "Example Ltd", "publicMetadata.tier": "gold" }`, null for what is gone. Jobs of one organization
 *   may run in any order: let the greatest `asOfMs` win.
 */
export function billingSync(options: HandlerOptions): PolicyOf<"organization"> {
  return policy("billing-sync", { kind: "organization", ...timingOf(options) }, (change) =>
    syncTasks(options, change, (from, to) => ({
      ...changedFields(from, to, ["name", "slug", "maxAllowedMemberships"]),
      ...changedMetadata(from.publicMetadata, to.publicMetadata, { prefix: "publicMetadata", keys: null }),
      ...changedMetadata(from.privateMetadata, to.privateMetadata, { prefix: "privateMetadata", keys: null }),
    })),
  );
}

/**
 * `permissions-sync`: what an organization's members may do has changed: how many they may be, whether admins may
 * delete it, or its set of roles.
 *
 * - Plans on every such change; not on the first version, which is `default-roles`'.
 * - Key `permissions-sync/organization/<id>/<asOfMs>/<event type>`.
 * - Cancelled by the organization's deletion; withdrawn, or given another payload, when a late version tells it
 *   otherwise.
 * - Your handler, payload `{ organizationId, changed, asOfMs }` as for `billing-sync`, with `maxAllowedMemberships`,
 *   `adminDeleteEnabled` and `roleSetKey`.
 */
export function permissionsSync(options: HandlerOptions): PolicyOf<"organization"> {
  return policy("permissions-sync", { kind: "organization", ...timingOf(options) }, (change) =>
    syncTasks(options, change, (from, to) =>
      changedFields(from, to, ["maxAllowedMemberships", "adminDeleteEnabled", "roleSetKey"]),
    ),
  );
}

function syncTasks(
  options: HandlerOptions,
  change: Change<"organization">,
  changedBetween: (from: OrganizationValue, to: OrganizationValue) => JsonObject,
): ReturnType<PolicyOf<"organization">["decide"]> {
  const [from, to] = [livingValue(change.before), livingValue(change.after)];
  if (from === null || to === null) return [];
  const changed = changedBetween(from, to);
  if (Object.keys(changed).length === 0) return [];
  return [task(options, { organizationId: change.ref.id, changed, asOfMs: asOfMsOf(change) })];
}
