import { expect, test } from "bun:test";
import { sql } from "kysely";
import { startBackfill } from "../support/backfill_process.ts";
import { differencesOf } from "../support/backfilled.ts";
import { configFile } from "../support/config_file.ts";
import type { TestDatabase } from "../support/databases.ts";
import type { FakeEvent } from "../support/fake_clerk/world.ts";
import { type FakeClerk, startFakeClerk } from "../support/fake_clerk.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { Living, populateSilently } from "../support/living.ts";
import { ownProcesses } from "../support/own_processes.ts";
import { runCommand } from "../support/process.ts";
import { send } from "../support/service.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { until } from "../support/stage.ts";

const LIMIT_MS = 60_000;
const SIZE = { users: 200, organizations: 15, memberships: 300 };
const KILLS = 2;
/** Long before anybody who is welcomed signed up. */
const YEAR_MS = 365 * 86_400_000;
const { start, openPostgres, defer } = ownProcesses(30_000);

const CONFIG = `
import { builtin, defineConfig, email } from "docket";
export default defineConfig({
  policies: [builtin.welcome({ settle: 0 })],
  handlers: { email: email({ from: "hello@example.com", smtpUrl: process.env.SMTP }) },
});`;

/** With a database, a Clerk of before there were webhooks, and the settings to reach both. */
async function set(): Promise<{
  readonly database: TestDatabase;
  readonly clerk: FakeClerk;
  readonly environment: Readonly<Record<string, string>>;
}> {
  const database = await openPostgres();
  const age = { ms: YEAR_MS };
  const clerk = startFakeClerk({ clock: () => Date.now() - age.ms });
  populateSilently(clerk.world, SIZE);
  age.ms = 0;
  defer(() => Promise.resolve(clerk[Symbol.asyncDispose]()));
  const environment = {
    DATABASE_URL: database.url,
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_API_URL: clerk.url,
    DOCKET_INSTANCE_IDS: INSTANCE_ID,
  };
  return { database, clerk, environment };
}

test(
  "a backfill that is killed twice, beside live webhooks, ends equal to Clerk, and only the new are welcomed",
  async () => {
    const { database, clerk, environment: base } = await set();
    const sink = await startSmtpSink();
    defer(() => Promise.resolve(sink[Symbol.asyncDispose]()));
    const config = configFile(CONFIG);
    defer(async () => config[Symbol.dispose]());
    const environment = { ...base, DOCKET_CONFIG: config.path, SMTP: sink.url };
    const docket = await start(environment);
    const living = new Living(clerk.world, "living");
    let told = 0;
    const deliver = async ({ svixId, body }: FakeEvent): Promise<void> => {
      const reply = await send(docket, body, { id: svixId });
      if (!reply.ok) throw new Error(`${svixId} was answered ${reply.status}`);
    };
    let isOver = false;
    const live = async (): Promise<void> => {
      while (!isOver) {
        living.step();
        told = await living.tell(deliver, told);
        await Bun.sleep(20);
      }
    };
    const lived = live();
    defer(async () => {
      isOver = true;
    });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const cut = startBackfill(["--page", "25"], environment);
      expect(await cut.pages(3)).toBe(true);
      await cut.kill();
    }
    const asked = clerk.calls.length;
    const { code, errors } = await startBackfill(["--page", "25"], environment).ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    // The count is asked for with the first page only.
    expect(clerk.calls.slice(asked).map(({ path }) => path)).not.toContain("/users/count");
    isOver = true;
    await lived;

    for (const kind of ["user", "organization", "organization_membership"] as const) {
      expect({ kind, differences: await differencesOf(database, clerk.world, kind) }).toEqual({
        kind,
        differences: [],
      });
    }
    const { rows } = await sql<{ entity_id: string }>`select entity as entity_id from docket.job`.execute(database.db);
    expect(rows.map((row) => row.entity_id).toSorted()).toEqual(living.born.toSorted());
    const isDone = async (): Promise<boolean> => {
      const { rows: open } = await sql`select from docket.job where state in ('planned', 'running')`.execute(
        database.db,
      );
      return open.length === 0;
    };
    await until("all who signed up are welcomed", isDone);
    expect(sink.mails.length).toBeLessThanOrEqual(living.born.length);
    expect(sink.mails.length).toBeGreaterThan(0);
    const verified = await runCommand("verify", environment);
    expect(verified).toEqual({ code: 0, output: expect.stringMatching(/^equal: /) });
  },
  LIMIT_MS,
);
