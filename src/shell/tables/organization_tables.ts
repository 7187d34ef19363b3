import type { EntityColumns, Flag, Instant, Integer, Jsonb, Text } from "./entity_columns.ts";

export interface OrganizationsTable extends EntityColumns {
  readonly name: Text;
  readonly slug: Text;
  readonly image_url: Text;
  readonly has_image: Flag;
  readonly members_count: Integer;
  readonly missing_member_with_elevated_permissions: Flag;
  readonly pending_invitations_count: Integer;
  readonly max_allowed_memberships: Integer;
  readonly admin_delete_enabled: Flag;
  readonly public_metadata: Jsonb;
  readonly private_metadata: Jsonb;
  readonly created_by: Text;
  readonly last_active_at: Instant;
  readonly role_set_key: Text;
}

export interface OrganizationMembershipsTable extends EntityColumns {
  readonly organization_id: Text;
  readonly user_id: Text;
  readonly role: Text;
  readonly role_name: Text;
  readonly permissions: Jsonb;
  readonly public_metadata: Jsonb;
  readonly private_metadata: Jsonb;
}

export interface OrganizationInvitationsTable extends EntityColumns {
  readonly email_address: Text;
  readonly role: Text;
  readonly role_name: Text;
  readonly organization_id: Text;
  readonly inviter_id: Text;
  readonly user_id: Text;
  readonly status: Text;
  readonly public_metadata: Jsonb;
  readonly private_metadata: Jsonb;
  readonly url: Text;
  readonly expires_at: Instant;
}

export interface OrganizationDomainsTable extends EntityColumns {
  readonly organization_id: Text;
  readonly name: Text;
  readonly enrollment_mode: Text;
  readonly affiliation_email_address: Text;
  readonly affiliation_verification: Jsonb;
  readonly ownership_verification: Jsonb;
  readonly verification: Jsonb;
  readonly total_pending_invitations: Integer;
  readonly total_pending_suggestions: Integer;
}

export interface RolesTable extends EntityColumns {
  readonly name: Text;
  readonly key: Text;
  readonly description: Text;
  readonly is_creator_eligible: Flag;
  readonly permissions: Jsonb;
}

export interface PermissionsTable extends EntityColumns {
  readonly name: Text;
  readonly key: Text;
  readonly description: Text;
  readonly type: Text;
}
