import { expect, test } from "bun:test";
import { sql } from "kysely";
import { builtin } from "../../src/core/mod.ts";
import { ask } from "../support/api.ts";
import { eachDatabase } from "../support/databases.ts";
import { raceEnsure } from "../support/ensure_race.ts";
import { startFakeClerk } from "../support/fake_clerk.ts";
import { startService } from "../support/service.ts";

/** Goal: a user who is read through to Clerk right after signing up is one row and one welcome. `test/soak/ensure.ts` has more. */

const USERS = 90;

eachDatabase("ensure and user.created", (database) => {
  test("in both orders and at once: one row, one welcome", async () => {
    const result = await raceEnsure(database(), { users: USERS, concurrency: 24 });
    const nothing = { wrongRows: [], wrongWelcomes: [], wrongAnswers: [] };
    expect(result).toMatchObject({ users: USERS, rows: USERS, ...nothing });
    expect(result.fetched).toBeGreaterThanOrEqual(USERS / 3);
  }, 60_000);

  test("a user who is only read through is a row, and nobody is welcomed", async () => {
    await using clerk = startFakeClerk();
    const id = clerk.world.addUser();
    const service = await startService(database(), { clerk, policies: [builtin.welcome({ settle: 0 })] });
    try {
      expect((await ask(service, `/entities/user/${id}?fetch=true`)).status).toBe(200);
      const { rows } = await sql`select key from docket.job`.execute(database().db);
      expect(rows).toEqual([]);
    } finally {
      await service.stop();
    }
  });
});
