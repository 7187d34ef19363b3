import { deletedData } from "./deleted.ts";
import { domainData, domainId, invitationData, membershipData, organizationData } from "./organization.ts";
import { permissionData, permissionId, roleData, roleId } from "./role.ts";
import { type Step, step } from "./step.ts";
import { userData } from "./user.ts";
import { type ExampleWorld, instant } from "./world.ts";

/** The founder founds the organization and becomes its first member. */
export function foundingPart(world: ExampleWorld): readonly Step[] {
  const { company, founder } = world;
  const createdAtMs = company.createdAtMs;
  const joinedAtMs = createdAtMs + 17;
  const renamedAtMs = instant(world, 100);
  return [
    step("organization.created", {
      atMs: createdAtMs,
      data: () => organizationData(company, { stage: "founded", updatedAtMs: createdAtMs }),
    }),
    step("organizationMembership.created", {
      atMs: joinedAtMs,
      data: () =>
        membershipData(company, {
          member: founder,
          role: "admin",
          membersCount: 1,
          createdAtMs: joinedAtMs,
          updatedAtMs: joinedAtMs,
        }),
    }),
    step("organization.updated", {
      atMs: renamedAtMs,
      data: () => organizationData(company, { stage: "settled", updatedAtMs: renamedAtMs }),
    }),
  ];
}

/** A permission, a role that has it, and a domain are made and changed; the domain's directory sends a first user. */
export function settingsPart(world: ExampleWorld): readonly Step[] {
  const { company, employee, seed } = world;
  const createdAtMs = instant(world, 110);
  const roleAtMs = instant(world, 120);
  const domainAtMs = instant(world, 130);
  const employedAtMs = employee.createdAtMs + 20;
  const permission = (updatedAtMs: number) => permissionData(seed, { createdAtMs, updatedAtMs });
  const role = (updatedAtMs: number) =>
    roleData(seed, { createdAtMs: roleAtMs, updatedAtMs, permission: permission(instant(world, 115)) });
  const domain = (verified: boolean, updatedAtMs: number) =>
    domainData(company, { verified, createdAtMs: domainAtMs, updatedAtMs });
  return [
    step("permission.created", { atMs: createdAtMs, data: () => permission(createdAtMs) }),
    step("permission.updated", { atMs: instant(world, 115), data: () => permission(instant(world, 115)) }),
    step("role.created", { atMs: roleAtMs, data: () => role(roleAtMs) }),
    step("role.updated", { atMs: instant(world, 125), data: () => role(instant(world, 125)) }),
    step("organizationDomain.created", { atMs: domainAtMs, data: () => domain(false, domainAtMs) }),
    step("organizationDomain.updated", {
      atMs: instant(world, 140),
      data: () => domain(true, instant(world, 140)),
    }),
    step("user.created", {
      atMs: employedAtMs,
      by: "server",
      data: () => userData(employee, { stage: "from-directory", updatedAtMs: employedAtMs }),
    }),
  ];
}

/** One invitation is accepted and its guest made an admin; another is revoked. */
export function invitationPart(world: ExampleWorld): readonly Step[] {
  const { company, colleague, guest } = world;
  const joinedAtMs = instant(world, 191);
  const signedUpAtMs = colleague.createdAtMs + 19;
  const invitation = (status: "pending" | "accepted", updatedAtMs: number) =>
    invitationData(company, { invited: colleague, status, createdAtMs: instant(world, 160), updatedAtMs });
  const declined = (status: "pending" | "revoked", updatedAtMs: number) =>
    invitationData(company, { invited: guest, status, createdAtMs: instant(world, 210), updatedAtMs });
  const membership = (role: "admin" | "member", updatedAtMs: number) =>
    membershipData(company, { member: colleague, role, membersCount: 2, createdAtMs: joinedAtMs, updatedAtMs });
  return [
    step("organizationInvitation.created", {
      atMs: instant(world, 160),
      data: () => invitation("pending", instant(world, 160)),
    }),
    step("user.created", {
      atMs: signedUpAtMs,
      data: () => userData(colleague, { stage: "signed-up", updatedAtMs: signedUpAtMs }),
    }),
    step("organizationInvitation.accepted", {
      atMs: instant(world, 190),
      data: () => invitation("accepted", instant(world, 190)),
    }),
    step("organizationMembership.created", { atMs: joinedAtMs, data: () => membership("member", joinedAtMs) }),
    step("organizationMembership.updated", {
      atMs: instant(world, 200),
      data: () => membership("admin", instant(world, 200)),
    }),
    step("organizationInvitation.created", {
      atMs: instant(world, 210),
      data: () => declined("pending", instant(world, 210)),
    }),
    step("organizationInvitation.revoked", {
      atMs: instant(world, 220),
      data: () => declined("revoked", instant(world, 220)),
    }),
  ];
}

/** The colleague leaves and is deleted; role, permission, domain and organization go. */
export function closingPart(world: ExampleWorld): readonly Step[] {
  const { company, colleague, seed } = world;
  const leaving = {
    member: colleague,
    role: "admin",
    membersCount: 1,
    createdAtMs: instant(world, 191),
    // A deletion does not move it; the envelope's timestamp tells when.
    updatedAtMs: instant(world, 200),
  } as const;
  return [
    step("organizationMembership.deleted", {
      atMs: instant(world, 430),
      data: () => membershipData(company, leaving),
    }),
    step("role.deleted", {
      atMs: instant(world, 440),
      data: () => deletedData("role", roleId(seed)),
    }),
    step("permission.deleted", {
      atMs: instant(world, 441),
      data: () => deletedData("permission", permissionId(seed)),
    }),
    step("organizationDomain.deleted", {
      atMs: instant(world, 445),
      data: () => deletedData("organization_domain", domainId(company)),
    }),
    step("user.deleted", { atMs: instant(world, 450), data: () => deletedData("user", colleague.userId) }),
    step("organization.deleted", {
      atMs: instant(world, 460),
      data: () => ({ ...deletedData("organization", company.organizationId), slug: company.slug }),
    }),
  ];
}
