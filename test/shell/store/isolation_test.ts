import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { expectRows } from "../../support/expect_rows.ts";
import { EPOCH_MS, INSTANCE_ID, type WireMessage } from "../../support/histories.ts";
import { decodeWire } from "../../support/mirror.ts";
import { expectedRows } from "../../support/oracle.ts";
import { rowsOfDatabase } from "../../support/sql_mirror.ts";

const LIMIT_MS = 60_000;
const SETTINGS = { onDelete: "erase", policies: [] } as const;

eachDatabase("a message that the database refuses", (database) => {
  afterEach(() => sql`drop trigger if exists refuse on clerk.users`.execute(database().db));

  test.each([
    ["22003", "quarantined"],
    ["23514", "quarantined"],
    ["21000", "quarantined"],
    ["54000", "quarantined"],
    ["57014", null],
    ["P0001", null],
  ] as const)("with %s is isolated and %s, and takes nobody with it", async (code, answer) => {
    await refuseEve(database(), code);
    const names = ["Ada", "Ada", "Eve", "Ada", "Ada", "Ada", "Ada"];
    const messages = names.map((name, index) => decodeWire(user(`user_${index}`, 0, { first_name: name })));
    const answers = await recorder(database())(messages);
    expect(answers).toEqual(names.map((name) => (name === "Eve" ? answer : "applied")));
    expect(await count(database(), "clerk.users")).toBe(6);
    expect(await count(database(), "docket.event")).toBe(answer === null ? 6 : 7);
  });

  test("because its schema is away refuses them all at once, and keeps none", async () => {
    await refuseEve(database(), "42P01");
    const messages = ["Ada", "Eve", "Ada"].map((name, index) =>
      decodeWire(user(`user_${index}`, 0, { first_name: name })),
    );
    await expect(recorder(database())(messages)).rejects.toThrow("Cannot record messages");
    expect(await count(database(), "docket.event")).toBe(0);
  });
});

eachDatabase("an odd message", (database) => {
  test("with names that clean to one never keeps its parent from being deleted", async () => {
    const odd = { "organization\u0000": "bad", organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
    const session = { user_id: "user_1", "user_id\u0000": "" };
    const record = recorder(database());
    await record([
      decodeWire(wire("organizationMembership.created", "orgmem_1", { updated_at: EPOCH_MS, ...odd })),
      decodeWire(wire("session.created", "sess_1", { updated_at: EPOCH_MS, ...session })),
    ]);
    const deletions = [
      wire("organization.deleted", "org_1", { deleted: true }),
      wire("user.deleted", "user_1", { deleted: true }),
    ];
    expect(await record(deletions.map(decodeWire))).toEqual(["applied", "applied"]);
    expect(await count(database(), "clerk.live_organization_memberships")).toBe(0);
  });

  test("of which the row no longer reads is erased all the same", async () => {
    const record = recorder(database());
    await record([
      decodeWire(
        wire("session.created", "sess_1", {
          user_id: "user_1",
          updated_at: EPOCH_MS,
          latest_activity: { city: "Rome" },
        }),
      ),
    ]);
    await sql`update clerk.sessions set data = data - 'user_id'`.execute(database().db);
    await record([decodeWire(wire("user.deleted", "user_1", { deleted: true }))]);
    const { rows } = await sql<{ row: string }>`select to_jsonb(s)::text as row from clerk.sessions s`.execute(
      database().db,
    );
    expect(rows[0]?.row).not.toContain("Rome");
    expect(await count(database(), "clerk.live_sessions")).toBe(0);
  });

  test(
    "with very many addresses is written, and written again, in no time",
    async () => {
      const addresses = (mark: string): object => ({
        email_addresses: Array.from({ length: 15_000 }, (_, index) => ({
          id: `idn_${index}`,
          email_address: `${mark}${index}@example.com`,
        })),
      });
      const record = recorder(database());
      await record([decodeWire(user("user_1", 0, addresses("a")))]);
      const atMs = performance.now();
      await record([decodeWire(user("user_1", 1, addresses("b")))]);
      expect(performance.now() - atMs).toBeLessThan(4_000);
      expect(await count(database(), "clerk.email_addresses where email_address like 'b%'")).toBe(15_000);
    },
    LIMIT_MS,
  );

  test(
    "and very many deletions at once leave the rest to chores, of which a broken one stops no other",
    async () => {
      const parents = Array.from({ length: 90 }, (_, index) => `org_${index}`);
      const members = parents.flatMap((organization, at) =>
        Array.from({ length: 20 }, (_, index) =>
          wire("organizationInvitation.created", `orginv_${at}_${index}`, {
            organization_id: organization,
            updated_at: EPOCH_MS,
          }),
        ),
      );
      const deletions = parents.map((id) => wire("organization.deleted", id, { deleted: true }));
      const record = recorder(database());
      await record(members.map(decodeWire));
      await record(deletions.map(decodeWire));
      expect(await count(database(), "clerk.live_organization_invitations")).toBe(members.length - 1_000);
      await sql`insert into docket.chore (task, kind, id, child_kind) values ('cascade', 'aaa', 'broken', 'x')`.execute(
        database().db,
      );
      await sql`alter table docket.head add constraint no_aaa check (kind <> 'aaa')`.execute(database().db);
      const failed = new Set<string>();
      try {
        while (await sweepPage(database().db, SETTINGS, ({ id }) => failed.add(id))) {}
      } finally {
        await sql`alter table docket.head drop constraint no_aaa`.execute(database().db);
      }
      expect([...failed]).toEqual(["broken"]);
      expectRows(await rowsOfDatabase(database().db), expectedRows([...members, ...deletions], { onDelete: "erase" }));
    },
    LIMIT_MS,
  );
});

async function refuseEve({ db }: TestDatabase, code: string): Promise<void> {
  await sql
    .raw(`create or replace function docket.refuse() returns trigger language plpgsql as $$ begin
    if new.first_name = 'Eve' then raise exception 'refused' using errcode = '${code}'; end if; return new; end $$`)
    .execute(db);
  await sql`create trigger refuse before insert or update on clerk.users for each row execute function docket.refuse()`.execute(
    db,
  );
}

async function count({ db }: TestDatabase, from: string): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.raw(from)}`.execute(db);
  return rows[0]?.rows ?? -1;
}

function user(id: string, step: number, fields: object): WireMessage {
  return wire("user.updated", id, { updated_at: EPOCH_MS + step, ...fields }, step);
}

function wire(type: string, id: string, fields: object, step = 5): WireMessage {
  const timestamp = EPOCH_MS + step;
  return {
    svixId: `msg_${type}_${id}_${step}`,
    envelope: { type, instance_id: INSTANCE_ID, timestamp, data: { id, ...fields } },
  };
}
