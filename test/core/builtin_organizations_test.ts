import { describe, expect, test } from "bun:test";
import { builtin } from "../../src/core/builtin.ts";
import type { JsonObject } from "../../src/core/mod.ts";
import { DAY_MS, message, onlyJob, shownJobs, states } from "../support/builtins.ts";
import { EPOCH_MS } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

const BASE = { id: "org_1", name: "Example", slug: "example", created_by: "user_1", max_allowed_memberships: 5 };
const METADATA = { public_metadata: { tier: "gold" }, private_metadata: {} };
const created = organization("created", 0, {});
const deleted = message("organization.deleted", 90, { id: "org_1" });

function organization(event: string, seconds: number, fields: JsonObject): StoryMessage {
  const data = { ...BASE, ...METADATA, admin_delete_enabled: true, role_set_key: "role_set:default", ...fields };
  return message(`organization.${event}`, seconds, data);
}

describe("workspace() and defaultRoles()", () => {
  const workspace = builtin.workspace({ handler: "make.room" });
  const roles = builtin.defaultRoles({ handler: "make.roles" });

  test("plan for a new organization, and not for its updates", () => {
    const renamed = organization("updated", 10, { name: "Example Ltd" });
    expect(shownJobs(workspace, [created, renamed])).toEqual([
      {
        key: "workspace/organization/org_1",
        state: "planned",
        payload: { organizationId: "org_1", name: "Example", slug: "example", createdBy: "user_1" },
      },
    ]);
    expect(shownJobs(roles, [created, renamed])).toEqual([
      {
        key: "default-roles/organization/org_1/+",
        state: "planned",
        payload: { organizationId: "org_1", createdBy: "user_1", roleSetKey: "role_set:default" },
      },
    ]);
    expect(shownJobs(workspace, [renamed, created])).toEqual(shownJobs(workspace, [created, renamed]));
  });

  test("plan nothing for an old one, and are cancelled by the deletion", () => {
    const old = organization("updated", 10, { created_at: EPOCH_MS - 9 * DAY_MS });
    for (const policy of [workspace, roles]) {
      expect(shownJobs(policy, [old])).toEqual([]);
      expect(Object.values(states(shownJobs(policy, [created, deleted])))).toEqual(["cancelled"]);
    }
  });
});

describe("billingSync()", () => {
  const policy = builtin.billingSync({ handler: "invoices" });
  const keyAt = (seconds: number): string =>
    `billing-sync/organization/org_1/${EPOCH_MS + seconds * 1_000}/organization.updated`;

  test("plans for another name, slug, number of seats or metadata, and says which", () => {
    const renamed = { name: "Example Ltd", slug: "example-ltd", max_allowed_memberships: 9 };
    const billed = { ...renamed, public_metadata: {}, private_metadata: { vat: "42" } };
    const jobs = shownJobs(policy, [
      created,
      organization("updated", 10, renamed),
      organization("updated", 20, billed),
    ]);
    expect(jobs).toEqual([
      {
        key: keyAt(10),
        state: "planned",
        payload: {
          organizationId: "org_1",
          changed: { name: "Example Ltd", slug: "example-ltd", maxAllowedMemberships: 9 },
          asOfMs: EPOCH_MS + 10_000,
        },
      },
      {
        key: keyAt(20),
        state: "planned",
        payload: {
          organizationId: "org_1",
          changed: { "publicMetadata.tier": null, "privateMetadata.vat": "42" },
          asOfMs: EPOCH_MS + 20_000,
        },
      },
    ]);
  });

  test("plans nothing for the first version, nor for what no invoice says", () => {
    expect(shownJobs(policy, [created])).toEqual([]);
    expect(shownJobs(policy, [created, organization("updated", 10, { admin_delete_enabled: false })])).toEqual([]);
  });

  test("is withdrawn when a late version shows that it was so before, and cancelled by the deletion", () => {
    const renamed = organization("updated", 20, { name: "Example Ltd" });
    const before = organization("updated", 10, { name: "Example Ltd" });
    expect(states(shownJobs(policy, [created, renamed, before]))).toEqual({
      [keyAt(10)]: "planned",
      [keyAt(20)]: "withdrawn",
    });
    expect(states(shownJobs(policy, [created, renamed, deleted]))).toEqual({ [keyAt(20)]: "cancelled" });
  });
});

describe("permissionsSync()", () => {
  test("plans for another limit of members, deletion by admins, or set of roles", () => {
    const policy = builtin.permissionsSync({ handler: "acl" });
    const limited = { max_allowed_memberships: 9, admin_delete_enabled: false };
    const job = onlyJob(policy, [created, organization("updated", 10, limited)]);
    expect(job).toMatchObject({
      key: `permissions-sync/organization/org_1/${EPOCH_MS + 10_000}/organization.updated`,
      handler: "acl",
      payload: { organizationId: "org_1", changed: { maxAllowedMemberships: 9, adminDeleteEnabled: false } },
    });
    const other = onlyJob(policy, [created, organization("updated", 10, { role_set_key: "role_set:other" })]);
    expect(other.payload).toMatchObject({ changed: { roleSetKey: "role_set:other" } });
    expect(shownJobs(policy, [created, organization("updated", 10, { name: "Example Ltd" })])).toEqual([]);
  });
});
