import { afterAll, beforeAll, expect, test } from "bun:test";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, sql } from "kysely";
import { down, up } from "../../migrations/0001_clerk_schema.ts";
import {
  type ClerkTables,
  cleanJson,
  isoTime,
  PARTS,
  type Row,
  rowOf,
  TABLES,
  type TableSpec,
} from "../../src/shell/tables/mod.ts";
import { partsOf } from "../../src/shell/tables/parts.ts";
import { decode, PAYLOADS } from "../support/payloads.ts";

const SPECS: readonly TableSpec[] = [...Object.values(TABLES), ...Object.values(PARTS)];
const COMMON = [
  "id text",
  "instance_id text",
  "data jsonb",
  "created_at timestamptz",
  "updated_at timestamptz",
  "deleted_at timestamptz",
  "version_ms bigint",
  "synced_at timestamptz",
];

let plain: Kysely<unknown>;
let db: Kysely<ClerkTables>;

beforeAll(async () => {
  plain = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: new PGlite() }) });
  const typed: unknown = plain;
  db = typed as Kysely<ClerkTables>;
  await up(plain);
}, 60_000);

afterAll(() => plain.destroy());

test("the tables have the columns of TABLES and PARTS, and nothing else", async () => {
  const { rows } = await sql<{ table_name: string; column: string }>`
    select table_name, column_name || ' ' ||
      replace(data_type, 'timestamp with time zone', 'timestamptz') as column
    from information_schema.columns where table_schema = 'clerk' order by ordinal_position`.execute(db);
  const actual = Object.groupBy(rows, ({ table_name }) => table_name);
  const expected = SPECS.flatMap(({ table, columns }) => {
    const all = [...COMMON, ...columns.map(({ name, type }) => `${name} ${type}`)].sort();
    return [[table, all] as const, [`live_${table}`, all] as const];
  });
  const found = Object.entries(actual).map(([table, columns]) => [table, columns?.map(({ column }) => column).sort()]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
});

test("every fixture's row goes in and comes out", async () => {
  for (const { body } of PAYLOADS) {
    const message = decode(body);
    if (message._tag !== "Changed") continue;
    const { kind, value, data } = message.body;
    await insert(TABLES[kind], {
      ...rowOf(message.body),
      id: message.ref.id,
      data: cleanJson(data),
      created_at: isoTime(value.createdAtMs),
    });
    if (message.body.kind !== "user") continue;
    const parts = partsOf(message.ref.id, message.body.value);
    for (const row of parts.email_addresses) await insert(PARTS.email_addresses, row);
    for (const row of parts.phone_numbers) await insert(PARTS.phone_numbers, row);
    for (const row of parts.external_accounts) await insert(PARTS.external_accounts, row);
  }
  const user = await db
    .selectFrom("clerk.live_users as user")
    .innerJoin("clerk.email_addresses as email", "email.user_id", "user.id")
    .select(["user.primary_email_address", "user.updated_at", "user.data", "email.verification_status"])
    .where("email.email_address", "=", "ada@example.org")
    .executeTakeFirstOrThrow();
  expect(user).toMatchObject({ verification_status: "verified", data: { object: "user" } });
  await db.updateTable("clerk.users").set({ deleted_at: "2026-01-01T00:00:00Z" }).execute();
  expect(await db.selectFrom("clerk.live_users").selectAll().execute()).toEqual([]);
});

test("a text of any length can be indexed", async () => {
  await db
    .insertInto("clerk.waitlist_entries")
    .values({ id: "wle_long", email_address: "a".repeat(100_000) })
    .execute();
  const found = db.selectFrom("clerk.waitlist_entries").select("id").where("email_address", "=", "a".repeat(100_000));
  expect(await found.execute()).toEqual([{ id: "wle_long" }]);
});

test("down() leaves nothing", async () => {
  await down(plain);
  const { rows } = await sql`select 1 from information_schema.schemata where schema_name = 'clerk'`.execute(db);
  expect(rows).toEqual([]);
  await up(plain);
});

async function insert({ table, columns }: TableSpec, row: Row): Promise<void> {
  const names = ["id", "data", "created_at", ...columns.map(({ name }) => name)];
  const types = columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  const list = sql.raw(names.map((name) => `"${name}"`).join(", "));
  const record = sql`jsonb_to_recordset(${JSON.stringify([row])}::text::jsonb)
    as x(id text, data jsonb, created_at timestamptz, ${sql.raw(types)})`;
  await sql`insert into ${sql.table(`clerk.${table}`)} (${list}) select ${list} from ${record}
    on conflict (id) do nothing`.execute(db);
}
