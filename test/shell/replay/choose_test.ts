import { afterAll, beforeAll, expect, test } from "bun:test";
import { sql } from "kysely";
import { countChosen } from "../../../src/shell/replay/choose.ts";
import { openTestDatabase, type TestDatabase } from "../../support/databases.ts";

const LIMIT_MS = 60_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
}, LIMIT_MS);
afterAll(() => database.close());

test("countChosen() says that it does not know, where the database would take too long", async () => {
  const { db } = database;
  await sql`
    insert into docket.log (svix_id, type, source, received_at, payload)
    select 'msg_' || n, 'user.created', 'webhook', now(), '' from generate_series(1, 20000) n`.execute(db);
  expect(await countChosen(db, { type: "user.created" })).toBe(20_000);
  const counted = db.transaction().execute(async (tx) => {
    await sql`set local statement_timeout = 1`.execute(tx);
    const count = await countChosen(tx, { type: "user.created" });
    await sql`rollback`.execute(tx).catch(() => undefined);
    return count;
  });
  expect(await counted.catch((error: unknown) => error)).toBeNull();
});
