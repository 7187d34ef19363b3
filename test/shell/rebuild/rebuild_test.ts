import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import type { Message, OnDelete } from "../../../src/core/mod.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { type Rebuilt, rebuild } from "../../../src/shell/rebuild/rebuild.ts";
import type { Difference } from "../../../src/shell/verify/difference.ts";
import { event, MEMBERSHIP } from "../../support/api.ts";
import { eachDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { POLICIES } from "../../support/policies.ts";
import { decodeStory, stories } from "../../support/stories.ts";
import { differencesIn, tamper } from "../../support/verified.ts";

const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 5) };
setDefaultTimeout(120_000);

const ADA = {
  id: "user_1",
  first_name: "Ada",
  public_metadata: { mark: "red" },
  primary_email_address_id: "idn_1",
  email_addresses: [
    { id: "idn_1", email_address: "ada@example.com" },
    { id: "idn_2", email_address: "ada@example.org" },
  ],
};

const MESSAGES: readonly Message[] = [
  event("user.created", 0, { ...ADA, first_name: "Eda" }),
  event("user.updated", 5, ADA),
  event("session.created", 7, { id: "sess_1", user_id: "user_1", status: "active" }),
  event("organizationMembership.created", 8, { id: "orgmem_1", ...MEMBERSHIP }),
  event("user.created", 1, { id: "user_2", first_name: "Bob" }),
  event("user.deleted", 9, { id: "user_2" }),
  event("organization.deleted", 9, { id: "org_3" }),
  event("user.created", 2, { id: "user_3", first_name: "Cyd" }),
].map((body, index) => decodeDelivery({ svixId: `msg_${index}`, body, receivedAtMs: EPOCH_MS + 100 + index }));

/** What is done by SQL, one thing after the other, and how many differences are shown. */
const TAMPERINGS: readonly (readonly [what: string, differences: number, statements: readonly string[]])[] = [
  [
    "fields of rows",
    5,
    [
      "update clerk.users set first_name = 'Eve', last_sign_in_at = null where id = 'user_1'",
      "update clerk.users set deleted_at = null where id = 'user_2'",
      "update clerk.email_addresses set email_address = 'eve@example.com' where id = 'idn_1'",
      "update clerk.organization_memberships set role = 'org:owner'",
    ],
  ],
  [
    "rows that are gone",
    6,
    ["delete from clerk.users", "delete from clerk.organization_memberships", "delete from clerk.email_addresses"],
  ],
  [
    "rows that nobody told of",
    3,
    [
      "insert into clerk.users (id) values ('user_9')",
      "insert into clerk.roles (id) values ('role_9')",
      "insert into clerk.phone_numbers (id, user_id) values ('idn_9', 'user_9')",
    ],
  ],
  [
    "parts that were given to others",
    2,
    [
      "update clerk.email_addresses set user_id = 'user_3' where id = 'idn_1'",
      "update clerk.email_addresses set user_id = 'user_9' where id = 'idn_2'",
    ],
  ],
  [
    "the change log",
    4,
    [
      "update clerk.changes set after = '\"Eve\"' where path = 'first_name' and entity_id = 'user_1' and intent <> '+'",
      "delete from clerk.changes where entity_id = 'org_3'",
      `insert into clerk.changes select entity_kind, entity_id, intent, 'x', null, null, event, source, version_ms, svix_id,
        changed_at from clerk.changes where entity_id = 'user_2'`,
    ],
  ],
  [
    "what decides about the next message",
    5,
    [
      "update docket.head set svix_id = 'msg_x', as_of_ms = 7 where id = 'user_1'",
      "update docket.head set parents = '[]' where id = 'sess_1'",
      "update docket.head set sealed = false where id = 'org_3'",
      "delete from docket.head where id = 'user_2'",
    ],
  ],
  [
    "links, and what was found by them",
    5,
    [
      "delete from docket.link",
      "update docket.head set signed_in_at_ms = null where id = 'user_1'",
      "delete from docket.head where id = 'orgmem_1'",
    ],
  ],
];

interface Shown extends Rebuilt {
  readonly differences: readonly Difference[];
}

async function run(
  { db }: Pick<TestDatabase, "db">,
  { swap, onDelete = "erase" }: { readonly swap: boolean; readonly onDelete?: OnDelete },
): Promise<Shown> {
  const differences: Difference[] = [];
  const rebuilt = await rebuild(db, {
    onDelete,
    swap,
    keep: false,
    onPage: (page) => void differences.push(...page.differences),
  });
  return { ...rebuilt, differences };
}

eachDatabase("rebuild()", (database) => {
  const jobs = async (): Promise<unknown> =>
    (await sql`select * from docket.job order by key`.execute(database().db)).rows;

  const differing = async (swap: boolean): Promise<readonly [number, number | null]> => {
    const { differences, swapped } = await run(database(), { swap });
    return [differences.length, swapped?.caughtUp ?? null];
  };

  test.each(TAMPERINGS)("shows and makes good %s", async (_what, expected, statements) => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    for (const statement of statements) await tamper(database(), statement);
    const before = await jobs();
    expect((await differing(true))[0]).toBe(expected);
    expect(await differencesIn(database(), "erase")).toEqual([]);
    expect(await jobs()).toEqual(before);
  });

  test("only shows when not told to swap, leaves no side schema, and leaves alone what is right", async () => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    const rows = async (): Promise<unknown> =>
      (await sql`select xmin::text, * from clerk.users order by id`.execute(database().db)).rows;
    const before = await rows();
    expect(await differing(true)).toEqual([0, null]);
    await tamper(database(), "delete from clerk.sessions");
    expect(await differing(false)).toEqual([1, null]);
    expect(await differencesIn(database(), "erase")).toEqual(["- clerk.sessions sess_1"]);
    expect((await differing(true))[0]).toBe(1);
    expect(await rows()).toEqual(before);
    const { rows: left } = await sql`select from pg_namespace where nspname = 'docket_rebuild'`.execute(database().db);
    expect(left).toEqual([]);
  });

  test("makes everything anew after all tables were emptied, whatever the history", async () => {
    await fc.assert(
      fc.asyncProperty(stories, fc.constantFrom("erase" as const, "keep" as const), async ({ delivered }, onDelete) => {
        await resetDatabase(database().db);
        await recorder(database(), { onDelete, policies: POLICIES })(delivered.map(decodeStory));
        const clean = await run(database(), { swap: true, onDelete });
        expect(clean.differences).toEqual([]);
        await sql`
            truncate clerk.users, clerk.email_addresses, clerk.organizations, clerk.organization_memberships,
              clerk.sessions, clerk.changes, docket.link`.execute(database().db);
        await run(database(), { swap: true, onDelete });
        expect(await differencesIn(database(), onDelete)).toEqual([]);
      }),
      RUNS,
    );
  });
});
