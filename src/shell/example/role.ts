import type { JsonObject } from "../../core/mod.ts";
import { exampleId } from "./random.ts";

export interface RoleOptions {
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The payload of `permission.created` and `permission.updated`; `key` makes the id. */
export function permissionData(key: string, options: RoleOptions): JsonObject {
  return {
    created_at: options.createdAtMs,
    description: options.updatedAtMs > options.createdAtMs ? "See and change billing" : "Manage billing",
    id: permissionId(key),
    key: "org:billing:manage",
    name: "Manage billing",
    object: "permission",
    type: "user",
    updated_at: options.updatedAtMs,
  };
}

/** The payload of `role.created` and `role.updated`; `key` makes the ids of the role and of its permission. */
export function roleData(key: string, options: RoleOptions & { readonly permission: JsonObject }): JsonObject {
  const { createdAtMs, updatedAtMs, permission } = options;
  return {
    created_at: createdAtMs,
    description: updatedAtMs > createdAtMs ? "People who pay the bills" : "Billing admins",
    id: roleId(key),
    is_creator_eligible: false,
    key: "org:billing_admin",
    name: "Billing admin",
    object: "role",
    permissions: [permission],
    updated_at: updatedAtMs,
  };
}

export function permissionId(key: string): string {
  return exampleId("perm_", key);
}

export function roleId(key: string): string {
  return exampleId("role_", key);
}
