import { type Kysely, sql } from "kysely";

/**
 * Schema `clerk`: one table for each kind of thing that Clerk has, for people to read and join, and of each
 * a view `live_<table>` of what is not deleted.
 *
 * No foreign keys, since a child may arrive before its parent, and no column but `id` is required, since a payload may
 * lack anything. Ids are `collate "C"`: Docket orders them as JavaScript does, byte by byte, to lock them in one order.
 *
 * Locks and rewrites nothing: all tables are new.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists clerk`.execute(db);
  for (const [table, columns] of Object.entries(TABLES)) {
    await sql`create table ${sql.table(`clerk.${table}`)} (
      id text collate "C" primary key, instance_id text collate "C",
      ${sql.raw(columns)},
      data jsonb, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz, version_ms bigint,
      synced_at timestamptz not null default now()
    )`.execute(db);
    await sql`create view ${sql.table(`clerk.live_${table}`)} as
      select * from ${sql.table(`clerk.${table}`)} where deleted_at is null`.execute(db);
  }
  for (const [table, columns] of Object.entries(ID_INDEXES)) {
    for (const column of columns) {
      await sql`create index on ${sql.table(`clerk.${table}`)} (${sql.ref(column)})`.execute(db);
    }
  }
  for (const [table, columns] of Object.entries(TEXT_INDEXES)) {
    for (const column of columns) {
      await sql`create index on ${sql.table(`clerk.${table}`)} using hash (${sql.ref(column)})`.execute(db);
    }
  }
}

/** Fails, and changes nothing, when others keep things of their own in the schema. */
export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of Object.keys(TABLES).reverse()) {
    await sql`drop view ${sql.table(`clerk.live_${table}`)}`.execute(db);
    await sql`drop table ${sql.table(`clerk.${table}`)}`.execute(db);
  }
  await sql`drop schema clerk`.execute(db);
}

/** Typed columns, besides those that all tables have. */
const TABLES: Readonly<Record<string, string>> = {
  users: `
    external_id text, primary_email_address_id text collate "C", primary_phone_number_id text collate "C",
    primary_web3_wallet_id text collate "C", primary_email_address text, primary_phone_number text, username text,
    first_name text, last_name text, locale text, timezone text, image_url text, has_image boolean,
    public_metadata jsonb, private_metadata jsonb, unsafe_metadata jsonb, password_enabled boolean,
    two_factor_enabled boolean, totp_enabled boolean, backup_code_enabled boolean, mfa_enabled_at timestamptz,
    mfa_disabled_at timestamptz, password_last_updated_at timestamptz, last_sign_in_at timestamptz,
    last_active_at timestamptz, legal_accepted_at timestamptz, banned boolean, locked boolean, deprovisioned boolean,
    lockout_expires_in_seconds integer, verification_attempts_remaining integer, delete_self_enabled boolean,
    create_organization_enabled boolean, create_organizations_limit integer, bypass_client_trust boolean`,
  email_addresses: `
    user_id text collate "C", email_address text, verification_status text, verification_strategy text,
    reserved boolean, matches_sso_connection boolean`,
  phone_numbers: `
    user_id text collate "C", phone_number text, verification_status text, verification_strategy text,
    reserved boolean, reserved_for_second_factor boolean, default_second_factor boolean`,
  external_accounts: `
    user_id text collate "C", provider text, identification_id text collate "C", provider_user_id text,
    verification_status text, verification_strategy text, approved_scopes text, email_address text,
    email_address_verified boolean, phone_number text, username text, first_name text, last_name text,
    image_url text, label text, public_metadata jsonb`,
  organizations: `
    name text, slug text, image_url text, has_image boolean, members_count integer,
    missing_member_with_elevated_permissions boolean, pending_invitations_count integer,
    max_allowed_memberships integer, admin_delete_enabled boolean, public_metadata jsonb, private_metadata jsonb,
    created_by text collate "C", last_active_at timestamptz, role_set_key text`,
  organization_memberships: `
    organization_id text collate "C", user_id text collate "C", role text, role_name text, permissions jsonb,
    public_metadata jsonb, private_metadata jsonb`,
  organization_invitations: `
    email_address text, role text, role_name text, organization_id text collate "C", inviter_id text collate "C",
    user_id text collate "C", status text, public_metadata jsonb, private_metadata jsonb, url text,
    expires_at timestamptz`,
  organization_domains: `
    organization_id text collate "C", name text, enrollment_mode text, affiliation_email_address text,
    affiliation_verification jsonb, ownership_verification jsonb, verification jsonb,
    total_pending_invitations integer, total_pending_suggestions integer`,
  roles: `
    name text, key text, description text, is_creator_eligible boolean, permissions jsonb`,
  permissions: `
    name text, key text, description text, type text`,
  sessions: `
    user_id text collate "C", client_id text collate "C", status text, actor jsonb,
    last_active_organization_id text collate "C", last_active_at timestamptz, latest_activity jsonb,
    expire_at timestamptz, abandon_at timestamptz`,
  waitlist_entries: `
    email_address text, status text, is_locked boolean, invitation jsonb`,
  subscriptions: `
    payer_id text collate "C", user_id text collate "C", organization_id text collate "C", status text,
    latest_payment_id text collate "C", payment_source_id text collate "C", active_at timestamptz,
    canceled_at timestamptz, ended_at timestamptz, past_due_at timestamptz, items jsonb, payer jsonb`,
  subscription_items: `
    payer_id text collate "C", user_id text collate "C", organization_id text collate "C", status text,
    subscription_id text collate "C", plan_id text collate "C", plan_slug text, plan jsonb, "interval" text,
    is_free_trial boolean, period_start timestamptz, period_end timestamptz, seats jsonb`,
  payment_attempts: `
    payer_id text collate "C", user_id text collate "C", organization_id text collate "C", status text,
    payment_id text collate "C", statement_id text collate "C", invoice_id text collate "C",
    gateway_external_id text, charge_type text, billing_date timestamptz, paid_at timestamptz, failed_at timestamptz,
    failed_reason jsonb, totals jsonb, payment_source jsonb, subscription_items jsonb, payee jsonb`,
  messages: `
    channel text, slug text, status text, user_id text collate "C", email_address_id text collate "C",
    phone_number_id text collate "C", to_email_address text, to_phone_number text, from_email_name text,
    from_phone_number text, reply_to_email_name text, delivered_by_clerk boolean`,
};

/** For joins. */
const ID_INDEXES: Readonly<Record<string, readonly string[]>> = {
  email_addresses: ["user_id"],
  phone_numbers: ["user_id"],
  external_accounts: ["user_id"],
  organization_memberships: ["organization_id", "user_id"],
  organization_invitations: ["organization_id", "user_id"],
  organization_domains: ["organization_id"],
  sessions: ["user_id"],
  subscriptions: ["user_id", "organization_id"],
  subscription_items: ["subscription_id", "user_id", "organization_id"],
  payment_attempts: ["user_id", "organization_id"],
  messages: ["user_id"],
};

/** For finding by address. Hash, since Clerk's texts have no promised length and a B-tree refuses long ones. */
const TEXT_INDEXES: Readonly<Record<string, readonly string[]>> = {
  users: ["primary_email_address", "external_id"],
  email_addresses: ["email_address"],
  phone_numbers: ["phone_number"],
  organizations: ["slug"],
  organization_invitations: ["email_address"],
  waitlist_entries: ["email_address"],
};
