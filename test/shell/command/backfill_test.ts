import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { startBackfill } from "../../support/backfill_process.ts";
import { openTestDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

const LIMIT_MS = 60_000;

let database: TestDatabase;
let clerk: FakeClerk;

beforeAll(async () => {
  database = await openTestDatabase("postgres");
  clerk = startFakeClerk();
  for (let count = 0; count < 5; count += 1) clerk.world.addUser();
}, LIMIT_MS);
beforeEach(() => resetDatabase(database.db));

afterAll(async () => {
  await clerk[Symbol.asyncDispose]();
  await database.close();
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return runDocket(["backfill", ...args], { env: { ...settings(), ...env } });
}

function settings(): Readonly<Record<string, string>> {
  return { DATABASE_URL: database.url ?? "", CLERK_API_URL: clerk.url, CLERK_SECRET_KEY: clerk.secretKey };
}

test(
  "docket backfill says what came of each kind, and leaves what is finished alone",
  async () => {
    const first = await run(["--page", "2"]);
    expect({ ...first, stdout: "" }).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(first.stdout).toMatch(
      /^user: 5 applied \(5 in \d pages, \d+ s\)\norganization: none \(0 in 1 pages, \d+ s\)\n/,
    );
    expect(first.stdout.trimEnd().split("\n")).toHaveLength(8);
    const second = await run(["user", "--json"]);
    expect(jsonLines(second.stdout)).toMatchObject([
      { walk: { is: "finished before", kind: "user", done: 5, total: 5 } },
    ]);
    const third = await run(["user", "--restart", "--json"]);
    const [begun, page] = jsonLines(third.stdout);
    expect(begun).toMatchObject({ begun: { kind: "user", done: 0 } });
    expect(page).toMatchObject({ page: { kind: "user", entities: 5, total: 5 } });
    const { rows } = await sql`select from clerk.live_users`.execute(database.db);
    expect(rows).toHaveLength(5);
  },
  LIMIT_MS,
);

test(
  "docket backfill goes on where another run was cut off, and says so",
  async () => {
    clerk.fail({ _tag: "Refuse", status: 422, code: "told_to" }, { path: /^\/users$/, after: 3, times: 2 });
    const cut = await run(["user", "--restart", "--page", "2"]);
    expect(cut).toMatchObject({ code: 1, stdout: expect.stringMatching(/^user: failed: Clerk answered 422 told_to/) });
    const on = await run(["user"]);
    expect(on).toMatchObject({ code: 0, stderr: expect.stringMatching(/^user: goes on after [24] of 5\n$/) });
  },
  LIMIT_MS,
);

test.each(["SIGINT", "SIGTERM"] as const)(
  "docket backfill told to stop by %s, and by its echo, says how to go on",
  async (signal) => {
    clerk.fail({ _tag: "Slow", ms: 20_000 }, { path: /^\/users$/, after: 3 });
    const told = startBackfill(["user", "--page", "2"], settings());
    await told.pages(1);
    told.tell(signal);
    // A terminal and a supervisor signal the whole group, and launchers pass it on.
    await Bun.sleep(20);
    told.tell(signal);
    expect(await told.ended).toMatchObject({ code: 130, errors: "Stopped. The same command goes on from here.\n" });
  },
  LIMIT_MS,
);

test.each([
  [[], { CLERK_SECRET_KEY: "" }, "CLERK_SECRET_KEY is not set: copy the secret key"],
  [[], { CLERK_SECRET_KEY: "sk_test_wrong" }, "Clerk answered 401 clerk_key_invalid"],
  [
    [],
    { DOCKET_INSTANCE_IDS: "ins_other" },
    `CLERK_SECRET_KEY is of the instance ${INSTANCE_ID}, but DOCKET_INSTANCE_IDS`,
  ],
  [["users"], {}, 'Clerk has no list of "users": must be one of user, organization,'],
  [["user"], { DATABASE_URL: "" }, "No embedded database"],
] as const)(
  "docket backfill %j with %j is refused: %s",
  async (args, env, message) => {
    const { code, stdout, stderr } = await run(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(clerk.secretKey);
  },
  LIMIT_MS,
);

test(
  "docket backfill refuses the key of another instance than the webhooks came from",
  async () => {
    await sql`insert into docket.setting (key, value) values ('instance_id', 'ins_before')`.execute(database.db);
    const { code, stderr } = await run(["user"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("but the webhooks so far came from ins_before"),
    });
  },
  LIMIT_MS,
);
