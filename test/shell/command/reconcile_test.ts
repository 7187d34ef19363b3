import { expect, test } from "bun:test";
import { sql } from "kysely";
import { configFile } from "../../support/config_file.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { ownProcesses } from "../../support/own_processes.ts";
import type { ServeProcess } from "../../support/process.ts";
import { callClerk } from "../../support/reconciling.ts";
import { send } from "../../support/service.ts";
import { until } from "../../support/stage.ts";
import { jsonLines, runDocket } from "./run_cli.ts";

const LIMIT_MS = 60_000;
const own = ownProcesses(LIMIT_MS);

const CONFIG = `
import { defineConfig, job, policy } from "docket";

export default defineConfig({
  policies: [
    policy("welcome", { kind: "user", once: true }, ({ after }) =>
      after._tag === "Live" && after.event === "user.created" ? [job("log", "welcome")] : []),
    policy("revoke", { kind: "organization_membership" }, ({ after }) =>
      after._tag === "Deleted" ? [job("log", "revoke")] : []),
  ],
});
`;

test(
  "webhooks stop: reconcile shows what the tables lack and --fix heals it, deletions included",
  async () => {
    await using clerk = startFakeClerk({ clock: () => Date.now() - 60_000 });
    const { world } = clerk;
    using config = configFile(CONFIG);
    const database = await own.openPostgres();
    const env = {
      DATABASE_URL: database.url,
      DOCKET_CONFIG: config.path,
      DOCKET_INSTANCE_IDS: INSTANCE_ID,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_API_URL: clerk.url,
    };
    const service = await own.start(env);
    const [ada, bob, eve] = [world.addUser(), world.addUser(), world.addUser()];
    const org = world.addOrganization(ada);
    const membership = String(world.addMembership({ organizationId: org, userId: bob, role: "org:member" })["id"]);
    const lost = String(world.addMembership({ organizationId: org, userId: eve, role: "org:member" })["id"]);
    await tellAll(service, clerk);

    // From here on no webhook comes.
    world.change("user", ada, { fields: { first_name: "Zoe\u001b[31m" }, type: "user.updated" });
    const old = world.addUser();
    await callClerk(clerk, "DELETE", `/users/${bob}`);
    await callClerk(clerk, "DELETE", `/organizations/${org}/memberships/${eve}`);

    const looked = await runDocket(["reconcile"], { env });
    expect({ code: looked.code, stderr: looked.stderr }).toEqual({ code: 1, stderr: "" });
    expect(looked.stdout.split("\n")).toEqual(
      expect.arrayContaining([
        `user ${ada}: different`,
        "  first_name",
        '    at Clerk:     "Zoe\\u001b[31m"',
        `user ${old}: missing, Clerk has it`,
        `user ${bob}: deleted at Clerk, live in the table`,
        `organization_membership ${lost}: deleted at Clerk, live in the table`,
        "user: 4 compared, 1 missing, 1 different, 1 deleted",
        "different: 5 entities of 8; --fix mends what can be mended",
      ]),
    );
    expect(looked.stdout).not.toContain("\u001b");

    const fixed = await runDocket(["reconcile", "--fix", "--json"], { env });
    expect({ code: fixed.code, stderr: fixed.stderr }).toEqual({ code: 0, stderr: "" });
    const [last] = jsonLines(fixed.stdout).slice(-1);
    expect(last).toMatchObject({ total: { equal: true, missing: 1, different: 1, fixed: 4 } });
    const again = await runDocket(["reconcile"], { env });
    expect({ code: again.code, verdict: again.stdout.split("\n").at(-2) }).toEqual({
      code: 0,
      verdict: "equal: the tables are what Clerk says (5 compared)",
    });
    expect((await runDocket(["verify"], { env })).code).toBe(0);

    // The service runs what the deletions want, and welcomes nobody whose creation it never heard of.
    const done = await until("the deletions' jobs are done", async () => {
      const { rows } = await sql<{ key: string }>`
        select key from docket.job where state = 'done' and policy = 'revoke' order by key`.execute(database.db);
      return rows.length === 2 ? rows : null;
    });
    expect(done.map(({ key }) => key.split("/")[2] ?? "").sort()).toEqual([membership, lost].sort());
    const { rows: welcomed } = await sql<{ key: string }>`
      select key from docket.job where policy = 'welcome' and key like ${`%${old}%`}`.execute(database.db);
    expect(welcomed).toEqual([]);
    await service.signal("SIGTERM");
  },
  LIMIT_MS,
);

async function tellAll(service: ServeProcess, { world }: FakeClerk): Promise<void> {
  for (const { svixId, body } of world.events()) {
    const { status } = await send(service, body, { id: svixId });
    expect(status).toBe(200);
  }
}

test(
  "reconcile says what it needs, and stays away from another instance's tables",
  async () => {
    await using clerk = startFakeClerk({ instanceId: "ins_other" });
    const database = await own.openPostgres();
    const env = { DATABASE_URL: database.url, CLERK_API_URL: clerk.url };
    const withKey = { ...env, CLERK_SECRET_KEY: clerk.secretKey };
    const [noKey, noKind, noNumber, foreign] = await Promise.all([
      runDocket(["reconcile"], { env }),
      runDocket(["reconcile", "message"], { env: withKey }),
      runDocket(["reconcile", "--sample", "0"], { env: withKey }),
      runDocket(["reconcile", "--fix"], { env: { ...withKey, DOCKET_INSTANCE_IDS: INSTANCE_ID } }),
    ]);
    expect(noKey).toMatchObject({ code: 1, stderr: expect.stringContaining("CLERK_SECRET_KEY is not set") });
    expect(noKind).toMatchObject({ code: 1, stderr: expect.stringContaining('Clerk has no list of "message"') });
    expect(noNumber).toMatchObject({ code: 1, stderr: expect.stringContaining("from 1 to 100000") });
    expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining("is of the instance ins_other") });
    expect(new Set(clerk.calls.map(({ path }) => path))).toEqual(new Set(["/instance"]));
  },
  LIMIT_MS,
);
