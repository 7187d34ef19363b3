import type { Kind } from "../../core/mod.ts";
import type { TableColumn } from "./table.ts";

/** What tells a kind's rows apart at a glance, between the id and the times. */
const COLUMNS: { readonly [K in Kind]: readonly string[] } = {
  user: ["primary_email_address", "first_name", "last_name"],
  organization: ["name", "slug", "members_count"],
  subscription: ["status", "user_id", "organization_id"],
  role: ["key", "name"],
  permission: ["key", "name"],
  waitlist_entry: ["email_address", "status"],
  payment_attempt: ["status", "user_id", "organization_id"],
  message: ["channel", "slug", "status", "user_id"],
  organization_membership: ["organization_id", "user_id", "role"],
  organization_invitation: ["email_address", "organization_id", "status"],
  organization_domain: ["name", "organization_id", "enrollment_mode"],
  session: ["user_id", "status"],
  subscription_item: ["plan_slug", "status", "user_id", "organization_id"],
};

/** The columns of a kind's table on a terminal. A kind of a later Docket has those that all have. */
export function entityColumns(kind: string): readonly TableColumn[] {
  const own = new Map<string, readonly string[]>(Object.entries(COLUMNS)).get(kind) ?? [];
  return [
    { name: "id", holds: "id" },
    ...own.map((name) => ({ name })),
    { name: "updated_at", holds: "time" },
    { name: "deleted_at", holds: "time" },
  ];
}
