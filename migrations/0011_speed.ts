import { type Kysely, sql } from "kysely";

/**
 * What a write costs. Payloads over two kilobytes, as those of users mostly are, were compressed by `pglz`, which took
 * as long as all else that writing such a row takes. `lz4` takes a tenth of that. A PostgreSQL that was built without it
 * keeps rows of up to four kilobytes as they are.
 *
 * What is updated all the time keeps room in its pages, so that the indexes need no new entry, and is vacuumed before a
 * fifth of a large table is dead.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, columns] of Object.entries(LARGE)) {
    const compressed = columns.map((column) => `alter column ${column} set compression lz4`).join(", ");
    await sql`
      do $$ begin
        alter table ${sql.table(table)} ${sql.raw(compressed)};
      exception when feature_not_supported then
        alter table ${sql.table(table)} set (toast_tuple_target = 4080);
      end $$`.execute(db);
  }
  await sql`alter table docket.head set (fillfactor = 80, ${sql.raw(VACUUM)})`.execute(db);
  await sql`alter table docket.job set (${sql.raw(VACUUM)})`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const [table, columns] of Object.entries(LARGE)) {
    const compressed = columns.map((column) => `alter column ${column} set compression default`).join(", ");
    await sql`alter table ${sql.table(table)} ${sql.raw(compressed)}, reset (toast_tuple_target)`.execute(db);
  }
  await sql`alter table docket.head reset (fillfactor, ${sql.raw(SETTINGS)})`.execute(db);
  await sql`alter table docket.job reset (${sql.raw(SETTINGS)})`.execute(db);
}

const VACUUM = "autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02";
const SETTINGS = "autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor";

/** Tables by what of them is large. */
const LARGE: Readonly<Record<string, readonly string[]>> = {
  "docket.log": ["payload"],
  "clerk.users": ["data", "public_metadata", "private_metadata", "unsafe_metadata"],
  "clerk.organizations": ["data", "public_metadata", "private_metadata"],
  "clerk.organization_memberships": ["data", "public_metadata", "private_metadata"],
  "clerk.organization_invitations": ["data"],
  "clerk.sessions": ["data"],
  "clerk.subscriptions": ["data"],
  "clerk.subscription_items": ["data"],
  "clerk.payment_attempts": ["data"],
  "clerk.messages": ["data"],
};
