import type { Body, EntityRef, Kind } from "../../core/mod.ts";

/** Those whose deletion would end the entity (`PARENT_KINDS`), as far as the body names them. */
export function parentsOf(body: Body): readonly EntityRef[] {
  switch (body.kind) {
    case "organization_membership":
      return [...refs("organization", body.value.organizationId), ...refs("user", body.value.userId)];
    case "organization_invitation":
    case "organization_domain":
      return refs("organization", body.value.organizationId);
    case "session":
      return refs("user", body.value.userId);
    case "subscription_item":
      return refs("subscription", body.value.subscriptionId);
    default:
      return [];
  }
}

function refs(kind: Kind, id: string | null): readonly EntityRef[] {
  return id === null ? [] : [{ kind, id }];
}
