import type { JsonObject } from "../../core/mod.ts";
import { type Company, publicOrganizationData } from "./company.ts";
import { type Person, publicUserData } from "./person.ts";
import { exampleId } from "./random.ts";

const DAY_MS = 86_400_000;

const MEMBER_PERMISSIONS: readonly string[] = ["org:sys_memberships:read"];
const ADMIN_PERMISSIONS: readonly string[] = [
  "org:sys_profile:manage",
  "org:sys_memberships:read",
  "org:sys_memberships:manage",
  "org:sys_domains:read",
  "org:sys_domains:manage",
  "org:sys_profile:delete",
];

export interface OrganizationOptions {
  /** Just founded, or in use: renamed, with metadata. */
  readonly stage: "founded" | "settled";
  readonly updatedAtMs: number;
}

/** The payload of `organization.created` and `organization.updated`. */
export function organizationData(company: Company, options: OrganizationOptions): JsonObject {
  const { stage, updatedAtMs } = options;
  const settled = stage === "settled";
  return {
    admin_delete_enabled: true,
    created_at: company.createdAtMs,
    created_by: company.founder.userId,
    has_image: false,
    id: company.organizationId,
    image_url: company.imageUrl,
    ...(settled ? { last_active_at: updatedAtMs - 1_000 } : {}),
    logo_url: null,
    max_allowed_memberships: 5,
    name: settled ? `${company.name} Ltd` : company.name,
    object: "organization",
    private_metadata: settled ? { crm: "42" } : {},
    public_metadata: settled ? { tier: "gold" } : {},
    ...(settled ? { role_set_key: "role_set:default" } : {}),
    slug: company.slug,
    updated_at: updatedAtMs,
  };
}

export interface MembershipOptions {
  readonly member: Person;
  readonly role: "admin" | "member";
  readonly membersCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The payload of every `organizationMembership.*` event; the organization in it is partial, as Clerk sends it. */
export function membershipData(company: Company, options: MembershipOptions): JsonObject {
  const { member, role, membersCount, createdAtMs, updatedAtMs } = options;
  return {
    created_at: createdAtMs,
    id: exampleId("orgmem_", `${company.key}/${member.key}`),
    object: "organization_membership",
    organization: {
      admin_delete_enabled: true,
      created_at: company.createdAtMs,
      has_image: false,
      id: company.organizationId,
      image_url: company.imageUrl,
      logo_url: null,
      max_allowed_memberships: 5,
      members_count: membersCount,
      name: company.name,
      object: "organization",
      pending_invitations_count: 0,
      public_metadata: {},
      slug: company.slug,
      updated_at: updatedAtMs,
    },
    permissions: role === "admin" ? ADMIN_PERMISSIONS : MEMBER_PERMISSIONS,
    public_metadata: {},
    public_user_data: publicUserData(member),
    role: `org:${role}`,
    role_name: role === "admin" ? "Admin" : "Member",
    updated_at: updatedAtMs,
  };
}

export interface InvitationOptions {
  readonly invited: Person;
  readonly status: "pending" | "accepted" | "revoked";
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The payload of every `organizationInvitation.*` event. */
export function invitationData(company: Company, options: InvitationOptions): JsonObject {
  const { invited, status, createdAtMs, updatedAtMs } = options;
  const { profile_image_url: _deprecated, ...inviter } = publicUserData(company.founder);
  return {
    created_at: createdAtMs,
    email_address: invited.email,
    expires_at: createdAtMs + 30 * DAY_MS,
    id: exampleId("orginv_", `${company.key}/${invited.key}`),
    inviter_id: company.founder.userId,
    object: "organization_invitation",
    organization_id: company.organizationId,
    private_metadata: {},
    public_inviter_data: inviter,
    public_metadata: {},
    public_organization_data: publicOrganizationData(company),
    role: "org:member",
    role_name: "Member",
    status,
    updated_at: updatedAtMs,
    url: status === "pending" ? "https://accounts.example.com/v1/tickets/accept?ticket=REDACTED" : null,
    ...(status === "accepted" ? { user_id: invited.userId } : {}),
  };
}

export interface DomainOptions {
  readonly verified: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** The payload of `organizationDomain.created` and `organizationDomain.updated`. */
export function domainData(company: Company, options: DomainOptions): JsonObject {
  const { verified, createdAtMs, updatedAtMs } = options;
  const affiliation = verified
    ? {
        attempts: 1,
        expire_at: updatedAtMs + 600_000,
        status: "verified",
        strategy: "affiliation_email_code",
        verified_at: null,
      }
    : null;
  return {
    affiliation_email_address: verified ? `admin@${company.domain}` : null,
    affiliation_verification: affiliation,
    created_at: createdAtMs,
    enrollment_mode: verified ? "automatic_invitation" : "manual_invitation",
    id: domainId(company),
    name: company.domain,
    object: "organization_domain",
    organization_id: company.organizationId,
    ownership_verification: verified
      ? { attempts: 1, expire_at: null, status: "verified", strategy: "txt", verified_at: updatedAtMs }
      : null,
    public_organization_data: publicOrganizationData(company),
    total_pending_invitations: 0,
    total_pending_suggestions: verified ? 2 : 0,
    updated_at: updatedAtMs,
    verification: affiliation,
  };
}

export function domainId(company: Company): string {
  return exampleId("orgdmn_", company.key);
}
