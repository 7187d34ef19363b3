import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ConfigFile, configFile } from "../../support/config_file.ts";
import { openTestDatabase, type TestDatabase } from "../../support/databases.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { startProcess } from "../../support/process.ts";
import { SECRET } from "../../support/service.ts";
import { tamper } from "../../support/verified.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

const CONFIG = `
import { defineConfig, job, policy } from "docket";

export default defineConfig({
  policies: [
    policy("welcome", { kind: "user", once: true, maxAge: "forever", until: "never" }, ({ after }) =>
      after._tag === "Live" && after.event === "user.created" ? [job("email", { to: after.value.primaryEmailAddress })] : []),
    policy("farewell", { kind: "user" }, ({ after }) => (after._tag === "Deleted" ? [job("log", "gone")] : [])),
  ],
});
`;

/** One that was never switched on. */
const NEW_CONFIG = `
import { defineConfig, job, policy } from "docket";

export default defineConfig({
  policies: [
    policy("sessions", { kind: "session", maxAge: "forever" }, ({ after }) => [job("log", after.event)]),
    policy("recent", { kind: "session" }, ({ after }) => [job("log", after.event)]),
    policy("faulty", { kind: "role", maxAge: "forever" }, () => {
      throw new Error("no plan");
    }),
  ],
});
`;

const LIMIT_MS = 60_000;

let database: TestDatabase;
let config: ConfigFile;
let environment: Readonly<Record<string, string>>;

/** A life of all events, shuffled and repeated, that a real process took in with policies. */
beforeAll(async () => {
  database = await openTestDatabase("postgres");
  config = configFile(CONFIG);
  environment = {
    DATABASE_URL: database.url ?? "",
    DOCKET_CONFIG: config.path,
    DOCKET_INSTANCE_IDS: INSTANCE_ID,
    DOCKET_ON_DELETE: "keep",
  };
  const service = await startProcess({ environment });
  const args = ["trigger", "--scenario", "life", "--shuffle", "--duplicate", "--seed", "verify"];
  const sent = await runDocket([...args, "--url", `${service.url}/webhooks/clerk`], {
    env: { ...environment, CLERK_WEBHOOK_SIGNING_SECRET: SECRET },
  });
  await service.signal("SIGTERM");
  if (sent.code !== 0) throw new Error(sent.stderr);
}, LIMIT_MS);

afterAll(async () => {
  config[Symbol.dispose]();
  await database.close();
});

function run(args: readonly string[]): Promise<Finished> {
  return runDocket(args, { env: environment });
}

test("docket verify says that all is equal, and what it compared, or shows each difference on both sides", async () => {
  const equal = await run(["verify"]);
  expect({ ...equal, stdout: "" }).toEqual({ code: 0, stderr: "", stdout: "" });
  expect(equal.stdout).toMatch(
    /^equal: the tables are what the log says \(\d+ messages, \d+ entities, [1-9]\d* jobs\)\n$/,
  );
  const [{ total }] = jsonLines((await run(["verify", "--json"])).stdout) as unknown as readonly [{ total: object }];
  expect(total).toMatchObject({ equal: true, differences: 0 });

  await tamper(database, "update clerk.organizations set name = 'Eve' || chr(27) || '[31m'");
  await tamper(database, "delete from docket.job where key like 'welcome/%'");
  const { code, stdout } = await run(["verify"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /clerk\.organizations org_\w+ name\n {2}in the table: "Eve[^\n]*"\n {2}from the log: "[^\n]+"\n/,
  );
  expect(stdout).toMatch(/docket\.job welcome\/user\/user_\w+: missing, the log has it\n/);
  expect(stdout).toMatch(/\ndifferent: \d+ differences \(/);
  expect(stdout).not.toContain("\u001b");
  const short = await run(["verify", "--limit", "1"]);
  expect(short.stdout).toMatch(/and \d+ more: --limit shows them\n/);
  const lines = jsonLines((await run(["verify", "--json"])).stdout);
  expect(lines[0]).toMatchObject({ difference: { is: expect.any(String), table: expect.any(String) } });
  expect(lines.at(-1)).toMatchObject({ total: { equal: false, differences: lines.length - 1 } });
});

test("docket preview lists the jobs of a policy that is not switched on, and its faults", async () => {
  using later = configFile(NEW_CONFIG);
  const { code, stdout, stderr } = await run(["preview", "--config", later.path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^key +handler +when +for +state +payload\n/);
  expect(stdout).toMatch(/\nsessions\/session\/sess_\w+\/\+ +log +\S+ \S+Z +sess_\w+ +\w+ +session\.\w+\n/);
  expect(stdout).not.toMatch(/recent\/\S+\/\+/);
  expect(stdout).toMatch(/\nfault: faulty on role\/\w+ \+: the policy threw: no plan\n/);
  expect(stdout).toMatch(/\n\d+ jobs.*, \d+ faults, of \d+ messages about \d+ entities\n$/);
  expect(stderr).toContain("Nothing was planned.\n");
  const past = await run(["preview", "--config", later.path, "--policy", "recent", "--past", "--json"]);
  const lines = jsonLines(past.stdout);
  expect(lines[0]).toMatchObject({ job: { key: expect.stringMatching(/\/\+$/), policy: "recent", handler: "log" } });
  expect(lines.at(-1)).toMatchObject({ total: { jobs: lines.length - 1, faults: 0 } });
});

test.each([
  [["preview", "--policy", "welcom"], 'No policy is named "welcom": must be one of welcome, farewell'],
  [["preview", "--config", "/nonexistent.ts"], "DOCKET_CONFIG: names a file that does not exist"],
])("%j is refused with a hint", async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(message);
});

test("verify and preview want a database that is there", async () => {
  for (const command of ["verify", "preview"]) {
    const { code, stderr } = await runDocket([command]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("No embedded database in") });
  }
});
