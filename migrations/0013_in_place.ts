import { type Kysely, sql } from "kysely";

/**
 * A change of a row stays in its page. PostgreSQL leaves all indexes of a row alone (HOT) where the page has room and no
 * indexed column changes; the time of the last update was indexed, and so each change wrote every index anew, at random
 * places of it. Rows are listed by id now, which in Clerk begins with the time of creation.
 *
 * Locks each table for a moment. The room is kept in pages that are filled from now on.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of LISTED) await sql`drop index ${sql.table(`clerk.${table}_by_update`)}`.execute(db);
  for (const [table, percent] of Object.entries(FILLED)) {
    await sql`alter table ${sql.table(`clerk.${table}`)} set (fillfactor = ${sql.lit(percent)})`.execute(db);
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of Object.keys(FILLED)) {
    await sql`alter table ${sql.table(`clerk.${table}`)} reset (fillfactor)`.execute(db);
  }
  for (const table of LISTED) {
    await sql`create index ${sql.id(`${table}_by_update`)} on ${sql.table(`clerk.${table}`)}
      ((coalesce(updated_at, created_at, deleted_at, 'epoch')) desc, id desc)`.execute(db);
  }
}

/** Per cent. A user's row takes a quarter to a third of a page, so that there is room for one more. */
const FILLED: Readonly<Record<string, number>> = {
  users: 70,
  email_addresses: 80,
  phone_numbers: 80,
  external_accounts: 80,
  organizations: 80,
  organization_memberships: 80,
  organization_invitations: 80,
  sessions: 80,
  subscriptions: 80,
  subscription_items: 80,
};

const LISTED = [
  "users",
  "organizations",
  "subscriptions",
  "roles",
  "permissions",
  "waitlist_entries",
  "payment_attempts",
  "messages",
  "organization_memberships",
  "organization_invitations",
  "organization_domains",
  "sessions",
  "subscription_items",
];
