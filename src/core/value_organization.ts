import type { Json, JsonObject } from "./json.ts";
import type { CommonValue } from "./value_common.ts";

/** An organization, as `organization.*` describes it. */
export interface OrganizationValue extends CommonValue {
  readonly name: string | null;
  readonly slug: string | null;
  readonly imageUrl: string | null;
  readonly hasImage: boolean | null;
  readonly membersCount: number | null;
  readonly missingMemberWithElevatedPermissions: boolean | null;
  readonly pendingInvitationsCount: number | null;
  readonly maxAllowedMemberships: number | null;
  readonly adminDeleteEnabled: boolean | null;
  readonly publicMetadata: JsonObject | null;
  readonly privateMetadata: JsonObject | null;
  /** The user who made it. */
  readonly createdBy: string | null;
  readonly lastActiveAtMs: number | null;
  readonly roleSetKey: string | null;
}

/** That a user is in an organization. What it says of both besides their ids is partial, and stays in `data`. */
export interface OrganizationMembershipValue extends CommonValue {
  readonly organizationId: string;
  readonly userId: string | null;
  /** The role's key, such as `org:admin`. */
  readonly role: string | null;
  readonly roleName: string | null;
  /** Keys. */
  readonly permissions: readonly string[];
  readonly publicMetadata: JsonObject | null;
  readonly privateMetadata: JsonObject | null;
}

/** An invitation to an organization. That one has expired is in no event. */
export interface OrganizationInvitationValue extends CommonValue {
  readonly emailAddress: string | null;
  /** The role's key, such as `org:member`. */
  readonly role: string | null;
  readonly roleName: string | null;
  readonly organizationId: string | null;
  readonly inviterId: string | null;
  /** Who accepted it. */
  readonly userId: string | null;
  readonly status: string | null;
  readonly publicMetadata: JsonObject | null;
  readonly privateMetadata: JsonObject | null;
  readonly url: string | null;
  readonly expiresAtMs: number | null;
}

/** A domain whose users may join an organization. */
export interface OrganizationDomainValue extends CommonValue {
  readonly organizationId: string;
  readonly name: string | null;
  readonly enrollmentMode: string | null;
  readonly affiliationEmailAddress: string | null;
  readonly affiliationVerification: JsonObject | null;
  readonly ownershipVerification: JsonObject | null;
  /** Old name of `affiliationVerification`. */
  readonly verification: JsonObject | null;
  readonly totalPendingInvitations: number | null;
  readonly totalPendingSuggestions: number | null;
}

/** A role that members of organizations have. */
export interface RoleValue extends CommonValue {
  readonly name: string | null;
  readonly key: string | null;
  readonly description: string | null;
  readonly isCreatorEligible: boolean | null;
  /** Whole permissions, as the payload has them. */
  readonly permissions: readonly Json[];
}

export interface PermissionValue extends CommonValue {
  readonly name: string | null;
  readonly key: string | null;
  readonly description: string | null;
  /** `system`, `user` or `custom`. */
  readonly type: string | null;
}
