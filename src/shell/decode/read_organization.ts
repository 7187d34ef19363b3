import type { JsonObject, Values } from "../../core/mod.ts";
import {
  readCommon,
  readFlag,
  readId,
  readInteger,
  readList,
  readObject,
  readText,
  readTexts,
  readTimeMs,
} from "./read.ts";

export function readOrganization(data: JsonObject): Values["organization"] {
  return {
    ...readCommon(data),
    name: readText(data, "name"),
    slug: readText(data, "slug"),
    imageUrl: readText(data, "image_url"),
    hasImage: readFlag(data, "has_image"),
    membersCount: readInteger(data, "members_count"),
    missingMemberWithElevatedPermissions: readFlag(data, "missing_member_with_elevated_permissions"),
    pendingInvitationsCount: readInteger(data, "pending_invitations_count"),
    maxAllowedMemberships: readInteger(data, "max_allowed_memberships"),
    adminDeleteEnabled: readFlag(data, "admin_delete_enabled"),
    publicMetadata: readObject(data, "public_metadata"),
    privateMetadata: readObject(data, "private_metadata"),
    createdBy: readId(data, "created_by"),
    lastActiveAtMs: readTimeMs(data, "last_active_at"),
    roleSetKey: readText(data, "role_set_key"),
  };
}

export function readMembership(
  data: JsonObject & { readonly organization: { readonly id: string } },
): Values["organization_membership"] {
  return {
    ...readCommon(data),
    organizationId: data.organization.id,
    userId: readId(readObject(data, "public_user_data") ?? {}, "user_id"),
    role: readText(data, "role"),
    roleName: readText(data, "role_name"),
    permissions: readTexts(data, "permissions"),
    publicMetadata: readObject(data, "public_metadata"),
    privateMetadata: readObject(data, "private_metadata"),
  };
}

export function readInvitation(data: JsonObject): Values["organization_invitation"] {
  return {
    ...readCommon(data),
    emailAddress: readText(data, "email_address"),
    role: readText(data, "role"),
    roleName: readText(data, "role_name"),
    organizationId: readId(data, "organization_id"),
    inviterId: readId(data, "inviter_id"),
    userId: readId(data, "user_id"),
    status: readText(data, "status"),
    publicMetadata: readObject(data, "public_metadata"),
    privateMetadata: readObject(data, "private_metadata"),
    url: readText(data, "url"),
    expiresAtMs: readTimeMs(data, "expires_at"),
  };
}

export function readDomain(data: JsonObject & { readonly organization_id: string }): Values["organization_domain"] {
  return {
    ...readCommon(data),
    organizationId: data.organization_id,
    name: readText(data, "name"),
    enrollmentMode: readText(data, "enrollment_mode"),
    affiliationEmailAddress: readText(data, "affiliation_email_address"),
    affiliationVerification: readObject(data, "affiliation_verification"),
    ownershipVerification: readObject(data, "ownership_verification"),
    verification: readObject(data, "verification"),
    totalPendingInvitations: readInteger(data, "total_pending_invitations"),
    totalPendingSuggestions: readInteger(data, "total_pending_suggestions"),
  };
}

export function readRole(data: JsonObject): Values["role"] {
  return {
    ...readCommon(data),
    name: readText(data, "name"),
    key: readText(data, "key"),
    description: readText(data, "description"),
    isCreatorEligible: readFlag(data, "is_creator_eligible"),
    permissions: readList(data, "permissions"),
  };
}

export function readPermission(data: JsonObject): Values["permission"] {
  return {
    ...readCommon(data),
    name: readText(data, "name"),
    key: readText(data, "key"),
    description: readText(data, "description"),
    type: readText(data, "type"),
  };
}
