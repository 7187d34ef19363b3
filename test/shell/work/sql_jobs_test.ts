import { beforeEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { builtin, job, policy } from "../../../src/core/mod.ts";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { attemptsOf, ledgerOf, makeTestWorker, take, virtualClock } from "../../support/work.ts";

eachDatabase("the sql handler", (database) => {
  beforeEach(async () => {
    const { db } = database();
    await sql`create schema if not exists app`.execute(db);
    await sql`create table if not exists app.profile (key text, payload jsonb)`.execute(db);
    await sql`truncate app.profile`.execute(db);
    await sql`
      create or replace function app.on_user(payload jsonb, key text) returns void language plpgsql as $$
      begin
        insert into app.profile values (key, payload);
        if payload ->> 'email' = 'bad@example.com' then raise exception 'no such plan'; end if;
      end $$`.execute(db);
  });

  const provision = builtin.provision({ handler: "sql", extra: { function: "app.on_user" }, maxAge: "forever" });
  const user = (number: number, email: string): ReturnType<typeof told> =>
    told(
      "user.created",
      number,
      { primary_email_address_id: "i", email_addresses: [{ id: "i", email_address: email }] },
      `u${number}`,
      `user_${number}`,
    );

  test("calls the function in the transaction that says that the job is done", async () => {
    await take(
      database(),
      [provision],
      [1, 2, 3].map((number) => user(number, `u${number}@example.com`)),
    );
    await makeTestWorker(database(), {}, virtualClock(EPOCH_MS + 60_000)).runDue();
    const { rows } = await sql<{ key: string; payload: unknown }>`
      select key, payload from app.profile order by key`.execute(database().db);
    expect(rows.map(({ key }) => key)).toEqual(["user_1", "user_2", "user_3"].map((id) => `provision/user/${id}`));
    expect(rows[0]?.payload).toEqual({ userId: "user_1", externalId: null, email: "u1@example.com" });
    expect(Object.values(await ledgerOf(database())).map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(await attemptsOf(database(), "provision/user/user_1")).toEqual(["1 done"]);
  });

  test("does what takes too long to keep rows locked for, too, and once", async () => {
    await sql`
      create or replace function app.on_user(payload jsonb, key text) returns void language sql as
      $$ insert into app.profile select key, payload from pg_sleep(0.6) $$`.execute(database().db);
    await take(database(), [provision], [user(1, "slow@example.com")]);
    await makeTestWorker(database(), {}, virtualClock(EPOCH_MS + 60_000)).runDue();
    const { rows } = await sql<{ key: string }>`select key from app.profile`.execute(database().db);
    expect(rows).toEqual([{ key: "provision/user/user_1" }]);
    expect(await attemptsOf(database(), "provision/user/user_1")).toEqual(["1 done"]);
  });

  test("lets the entity be sealed when the function of its deletion was called", async () => {
    const bury = policy("bury", { kind: "user", maxAge: "forever" }, ({ after }) =>
      after._tag === "Deleted" ? [job("sql", { function: "app.on_user", email: "gone@example.com" })] : [],
    );
    await take(database(), [bury], [user(1, "gone@example.com"), gone("user.deleted", 2)]);
    await makeTestWorker(database(), {}, virtualClock(EPOCH_MS + 60_000)).runDue();
    while (await sweepPage(database().db, { onDelete: "erase", policies: [bury] }));
    expect((await ledgerOf(database()))["bury/user/user_1/-"]).toMatchObject({ state: "done", payload: null });
    const { rows } = await sql<{ sealed: boolean }>`select sealed from docket.head where id = 'user_1'`.execute(
      database().db,
    );
    expect(rows).toEqual([{ sealed: true }]);
  });

  test("undoes what the function of a failing job wrote, and lets the others through", async () => {
    await take(database(), [provision], [user(1, "good@example.com"), user(2, "bad@example.com")]);
    await makeTestWorker(database(), {}, virtualClock(EPOCH_MS + 60_000)).runDue();
    const { rows } = await sql<{ key: string }>`select key from app.profile`.execute(database().db);
    expect(rows).toEqual([{ key: "provision/user/user_1" }]);
    expect((await ledgerOf(database()))["provision/user/user_2"]).toMatchObject({
      state: "planned",
      attempts: 1,
      last_error: '"app"."on_user" failed: no such plan (SQLSTATE P0001)',
    });
  });

  test("refuses names that are none, and says what is missing", async () => {
    const bad = policy("bad", { kind: "user", maxAge: "forever" }, () => [
      job("sql", { function: "app.on_user(); drop table app.profile; --" }),
    ]);
    await take(database(), [bad], [user(1, "a@example.com")]);
    await makeTestWorker(database(), {}, virtualClock(EPOCH_MS + 60_000)).runDue();
    expect((await ledgerOf(database()))["bad/user/user_1/+"]).toMatchObject({
      state: "dead",
      last_error: expect.stringContaining("names no function"),
    });
  });
});
