import { expect, setDefaultTimeout, test } from "bun:test";
import { sql } from "kysely";
import type { Message } from "../../../src/core/mod.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { build } from "../../../src/shell/rebuild/build.ts";
import { rebuild } from "../../../src/shell/rebuild/rebuild.ts";
import { makeSide, RebuildOvertaken } from "../../../src/shell/rebuild/side_schema.ts";
import { SwapTooLong, swap } from "../../../src/shell/rebuild/swap.ts";
import { lockHeads } from "../../../src/shell/store/heads.ts";
import { event, MEMBERSHIP } from "../../support/api.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { POLICIES } from "../../support/policies.ts";
import { differencesIn, tamper } from "../../support/verified.ts";

setDefaultTimeout(120_000);
const HOLD = { onDelete: "erase", holdLimitMs: 20_000 } as const;

function messages(...bodies: readonly string[]): readonly Message[] {
  return bodies.map((body) =>
    decodeDelivery({ svixId: `msg_${Bun.hash(body)}`, body, receivedAtMs: EPOCH_MS + 1_000 }),
  );
}

const LIFE = messages(
  event("user.created", 0, { id: "user_1", first_name: "Ada" }),
  event("organization.created", 1, { id: "org_1", name: "Acme" }),
  event("organizationMembership.created", 2, { id: "orgmem_1", ...MEMBERSHIP }),
  event("user.created", 3, { id: "user_2", first_name: "Bob" }),
);

/** Builds, and gives what is left to do: what comes meanwhile comes between the two. */
async function built({ db }: TestDatabase): Promise<string> {
  const run = await makeSide(db);
  for await (const _page of build(db, { run, onDelete: "erase" }));
  return run;
}

eachDatabase("swap()", (database) => {
  const take = (...bodies: readonly string[]): Promise<unknown> =>
    recorder(database(), { policies: POLICIES })(messages(...bodies));

  test("loses nothing that came after the tables were made: updates, late ones, children, deletions", async () => {
    await recorder(database(), { policies: POLICIES })(LIFE);
    await sql`delete from clerk.users`.execute(database().db);
    await sql`update clerk.organization_memberships set role = 'org:owner'`.execute(database().db);
    await sql`update clerk.changes set after = '"Eve"' where path = 'first_name'`.execute(database().db);
    const run = await built(database());
    await take(
      event("user.updated", 5, { id: "user_1", first_name: "Zoe" }),
      event("session.created", 6, { id: "sess_1", user_id: "user_1" }),
      event("organization.deleted", 7, { id: "org_1" }),
      event("user.deleted", 8, { id: "user_2" }),
      event("user.created", 9, { id: "user_3", first_name: "Cyd" }),
    );
    await take(event("user.updated", 2, { id: "user_1", first_name: "Ida" }));
    const { entities, caughtUp } = await swap(database().db, { run, ...HOLD });
    expect({ entities, caughtUp }).toEqual({ entities: 1, caughtUp: 3 });
    expect(await differencesIn(database(), "erase")).toEqual([]);
    const { rows } = await sql`
      select id, first_name, deleted_at is null as lives from clerk.users order by id`.execute(database().db);
    expect(rows).toEqual([
      { id: "user_1", first_name: "Zoe", lives: true },
      { id: "user_2", first_name: null, lives: false },
      { id: "user_3", first_name: "Cyd", lives: true },
    ]);
  });

  test("waits for whoever has an entity's head, as messages about it wait for the swap", async () => {
    await recorder(database(), { policies: POLICIES })(LIFE);
    await tamper(database(), "delete from clerk.organization_memberships");
    const run = await built(database());
    let swapped: Promise<unknown> = Promise.resolve();
    let isDone = false;
    const holding = database()
      .db.transaction()
      .execute(async (tx) => {
        // A parent of what differs: its deletion could be under way.
        await lockHeads(tx, [{ kind: "organization", id: "org_1" }]);
        swapped = swap(database().db, { run, ...HOLD }).then(() => {
          isDone = true;
        });
        await Bun.sleep(300);
        return isDone;
      });
    expect(await holding).toBe(false);
    await swapped;
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("gives a part back that another user of another page has", async () => {
    const ids = Array.from({ length: 510 }, (_, index) => `user_${index + 100}`);
    const address = { email_addresses: [{ id: "idn_1", email_address: "ada@example.com" }] };
    await take(...ids.map((id, index) => event("user.created", 1, { id, ...(index === 0 ? address : {}) })));
    await sql`update clerk.users set first_name = 'Eve'`.execute(database().db);
    await tamper(database(), `update clerk.email_addresses set user_id = '${ids.at(-1)}'`);
    await rebuild(database().db, { onDelete: "erase", swap: true, keep: false, onPage: () => undefined });
    expect((await sql`select user_id from clerk.email_addresses`.execute(database().db)).rows).toEqual([
      { user_id: ids[0] },
    ]);
  });

  test("keeps views, indexes, grants and what refers to a row", async () => {
    const { db } = database();
    await recorder(database(), { policies: POLICIES })(LIFE);
    await sql`create table docket.note (user_id text collate "C" references clerk.users on delete cascade)`.execute(db);
    try {
      await sql`insert into docket.note values ('user_1')`.execute(db);
      await sql`grant select on clerk.users to public`.execute(db);
      await tamper(database(), "update clerk.users set first_name = 'Eve'");
      const shape = async (): Promise<unknown> =>
        (
          await sql`
            select c.relname, c.oid::text, c.relacl::text from pg_class c
            where c.relnamespace = 'clerk'::regnamespace order by c.relname`.execute(db)
        ).rows;
      const before = await shape();
      await rebuild(db, { onDelete: "erase", swap: true, keep: false, onPage: () => undefined });
      expect(await shape()).toEqual(before);
      expect((await sql`select first_name from clerk.live_users order by id`.execute(db)).rows).toEqual([
        { first_name: "Ada" },
        { first_name: "Bob" },
      ]);
      expect((await sql`select user_id from docket.note`.execute(db)).rows).toEqual([{ user_id: "user_1" }]);
    } finally {
      await sql`drop table docket.note`.execute(db);
      await sql`revoke select on clerk.users from public`.execute(db);
    }
  });

  test("changes nothing when it may hold its locks no longer, or another rebuild began", async () => {
    await recorder(database(), { policies: POLICIES })(LIFE);
    await tamper(database(), "delete from clerk.users");
    const run = await built(database());
    await expect(swap(database().db, { run, onDelete: "erase", holdLimitMs: 0 })).rejects.toThrow(SwapTooLong);
    expect(await differencesIn(database(), "erase")).toHaveLength(2);
    await makeSide(database().db);
    await expect(swap(database().db, { run, ...HOLD })).rejects.toThrow(RebuildOvertaken);
    expect(await differencesIn(database(), "erase")).toHaveLength(2);
    await rebuild(database().db, { onDelete: "erase", swap: true, keep: false, onPage: () => undefined });
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("races with messages of all kinds, and both are right in the end", async () => {
    const users = Array.from({ length: 10 }, (_, index) => `user_${index}`);
    await take(...users.map((id) => event("user.created", 0, { id, first_name: "Ada" })));
    for (let turn = 1; turn <= 2; turn += 1) {
      await sql`delete from clerk.users`.execute(database().db);
      await sql`update docket.head set as_of_ms = as_of_ms - 1 where svix_id is not null`.execute(database().db);
      const ingest = async (): Promise<void> => {
        for (const id of users) {
          await take(
            event("user.updated", turn * 10, { id, first_name: `Zoe ${turn}` }),
            event("session.created", turn, { id: `sess_${id}`, user_id: id }),
            event("user.updated", turn * 10 - 1, { id, first_name: `Ida ${turn}` }),
          );
        }
      };
      await Promise.all([
        ingest(),
        rebuild(database().db, { onDelete: "erase", swap: true, keep: false, onPage: () => undefined }),
      ]);
      // What ingest decided by a head that was tampered with may be wrong: it is shown, and made good.
      await rebuild(database().db, { onDelete: "erase", swap: true, keep: false, onPage: () => undefined });
      const left = (await differencesIn(database(), "erase")).filter((it) => !it.includes("docket.job"));
      expect(left).toEqual([]);
    }
  });
});
