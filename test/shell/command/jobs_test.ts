import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { hintsFor, jobRow, standingOf } from "../../../src/shell/command/job_lines.ts";
import { ask } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { auditOf, DEAD, destroy, greet, link, PUT_OFF, RUNNING, remind, setJob } from "../../support/jobs.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";
import { ledgerOf, take } from "../../support/work.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

const TOKEN = "a-token-of-more-than-sixteen";
const GREET = "greet/user/user_1";
const DESTROY = "destroy/user/user_1/+";
const LINK = "link/user/user_1/+/retry";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("docket jobs", (database) => {
  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    service = await startService(database(), options);
    const mark = { first_name: "Ada\u001b[31m" };
    await take(database(), [greet, destroy, link, remind], [told("user.created", 1, mark)]);
    return service;
  };
  const run = (
    { url }: Service,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Finished> => runDocket(["jobs", ...args], { env: { PORT: new URL(url).port, ...env } });

  test("lists them as a table, the last updated first, and says what may be done", async () => {
    const running = await start();
    await setJob(database(), GREET, `${DEAD.replace("boom", "the server\u001b[2J answered 503")}, updated_at = now()`);
    await setJob(
      database(),
      LINK,
      `${PUT_OFF.replace(/next_at.*/, "next_at = '2999-01-31T12:00:00.5Z'")}, updated_at = now()`,
    );
    const { code, stdout, stderr } = await run(running, []);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ["key", "state", "waits_for", "policy", "when", "tries", "last_error"],
      [LINK, "planned", "retry", "link", "2999-01-31 12:00:00Z", "1", "boom"],
      [GREET, "dead", "-", "greet", time, "3", "the server\ufffd[2J answered 503"],
      ["remind/user/user_1/+", "planned", "time", "remind", "2999-01-01 00:00:00Z", "0", "-"],
      [DESTROY, "planned", "approval", "destroy", time, "0", "-"],
    ]);
    for (const hint of ["docket jobs retry <key>", "docket jobs show <key>", "docket jobs approve <key>"]) {
      expect(stderr).toContain(hint);
    }
  });

  test("passes the filters on, and with --json prints what the API answers", async () => {
    const running = await start();
    await setJob(database(), GREET, DEAD);
    const filters = ["--state", "dead", "--policy", "greet", "--handler", "email", "--entity", "user/user_1"];
    const { code, stdout, stderr } = await run(running, ["list", ...filters, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(jsonLines(stdout)).toEqual([...(await ask(running, "/jobs?state=dead")).body.items]);
    const page = await run(running, ["--limit", "2", "--json"]);
    const cursor = page.stderr.match(/--before (\S+)\n$/)?.[1] ?? "";
    const rest = await run(running, ["--limit", "2", "--before", cursor, "--json"]);
    expect(rest.stderr).toBe("");
    expect(new Set([...jsonLines(page.stdout), ...jsonLines(rest.stdout)].map(({ key }) => key)).size).toBe(4);
    const none = await run(running, ["--policy", "none"]);
    expect([none.code, none.stdout]).toEqual([0, ""]);
    expect(none.stderr).toContain("docket preview");
  });

  test("shows one whole, and nothing that the terminal would act on", async () => {
    const running = await start();
    await setJob(database(), GREET, DEAD);
    await sql`
      insert into docket.attempt (key, number, run, started_at, ended_at, outcome, error) values
        (${GREET}, 1, gen_random_uuid(), '2026-01-31', '2026-01-31', 'dead', 'boom'),
        (${GREET}, 2, gen_random_uuid(), '2026-02-01', null, null, null)`.execute(database().db);
    await sql`
      insert into docket.breaker (target, handler, failures, opened_at, probe_at, last_error)
      values ('email', 'email', 5, now(), '2026-02-02', 'down')`.execute(database().db);
    const { code, stdout, stderr } = await run(running, ["show", GREET]);
    expect(code).toBe(0);
    expect(stdout).toStartWith(`key: ${GREET}\nstate: dead\npolicy: greet\n`);
    for (const line of [
      "until: deleted",
      "last_error: boom",
      "breaker: email is open, next try 2026-02-02 00:00:00Z: down",
      "attempt 2: 2026-02-01 00:00:00Z, under way\nattempt 1: 2026-01-31 00:00:00Z, dead 2026-01-31 00:00:00Z: boom\npayload:",
      '"to": "Ada',
    ]) {
      expect(stdout).toContain(line);
    }
    for (const mark of ["null", "\u001b"]) expect(stdout).not.toContain(mark);
    expect(stderr).toContain(`docket jobs retry ${GREET}`);
    expect((await run(running, ["show", LINK])).stdout).toContain(
      "needs: organization/org_1\nnot on file: organization/org_1\n",
    );
    const [json] = jsonLines((await run(running, ["show", GREET, "--json"])).stdout);
    expect(json).toEqual((await ask(running, `/jobs/${GREET}`)).body);
  });

  test("retries, cancels and approves, several at once, and ends with 1 if one is refused", async () => {
    const running = await start();
    await setJob(database(), GREET, DEAD);
    await setJob(database(), LINK, RUNNING);
    expect(await run(running, ["retry", GREET])).toEqual({
      code: 0,
      stdout: `${GREET}: let go again; it is planned, due now\n`,
      stderr: "",
    });
    expect(await run(running, ["retry", GREET])).toEqual({
      code: 0,
      stdout: `${GREET}: nothing to do; it is planned, due now\n`,
      stderr: "",
    });
    expect(await run(running, ["approve", DESTROY])).toMatchObject({
      code: 0,
      stdout: `${DESTROY}: approved; it is planned, due now\n`,
    });
    const mixed = await run(running, ["cancel", LINK, "greet/user/nobody", GREET]);
    expect({ code: mixed.code, stdout: mixed.stdout }).toEqual({
      code: 1,
      stdout: `${GREET}: cancelled; it is cancelled\n`,
    });
    expect(mixed.stderr).toContain(`docket: ${LINK}: The job is running: wait`);
    expect(mixed.stderr).toContain("docket: greet/user/nobody: No job has this key");
    const json = await run(running, ["retry", GREET, "--json"]);
    expect(jsonLines(json.stdout)).toMatchObject([{ key: GREET, state: "planned", payload: { to: "Ada\u001b[31m" } }]);
    expect((await auditOf(database())).map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      `retry ${GREET}`,
      `approve ${DESTROY}`,
      `cancel ${GREET}`,
      `retry ${GREET}`,
    ]);
    expect((await ledgerOf(database()))[LINK]?.phase).toBe("running");
  });

  test("resumes whichever is stopped, and asks which where both are", async () => {
    // The database has no part in it.
    if (database().flavor === "postgres") return;
    const running = await start();
    await sql`
      insert into docket.policy_stop (policy, stopped_at, reason) values ('greet', now(), 'x'), ('email', now(), 'x')`.execute(
      database().db,
    );
    await sql`
      insert into docket.breaker (target, handler, failures, opened_at, probe_at)
      values ('email', 'email', 5, now(), now())`.execute(database().db);
    const stopped = await run(running, ["--state", "stopped"]);
    expect(stopped.stderr).toContain("`docket jobs resume greet`");
    const said = async (...args: readonly string[]): Promise<readonly [number, string]> => {
      const { code, stdout, stderr } = await run(running, ["resume", ...args]);
      return [code, stdout + stderr];
    };
    expect(await said("greet")).toEqual([0, "The policy greet goes on: its jobs that wait are due\n"]);
    expect(await said("greet")).toEqual([0, "The policy greet was going on already\n"]);
    expect(await said("email")).toEqual([1, expect.stringContaining("say --policy or --target")]);
    expect(await said("email", "--target")).toEqual([0, expect.stringContaining("The target email goes on")]);
    expect(await said("none")).toEqual([1, expect.stringContaining('named "none": stopped are email')]);
    expect(await said("email")).toEqual([0, expect.stringContaining("The policy email goes on")]);
    expect(await said("none")).toEqual([1, expect.stringContaining("nothing is stopped")]);
    expect(await said("none", "--policy")).toEqual([1, expect.stringContaining("GET /v1/policies")]);
  });

  test("ends with 1 and says what to do when it is refused", async () => {
    // The database has no part in it.
    if (database().flavor === "postgres") return;
    const running = await start({ adminToken: TOKEN });
    expect((await run(running, ["retry", GREET], { DOCKET_ADMIN_TOKEN: TOKEN })).code).toBe(0);
    for (const [args, env, message] of [
      [["list"], {}, "DOCKET_ADMIN_TOKEN"],
      [["retry", GREET, LINK], {}, "DOCKET_ADMIN_TOKEN"],
      [["resume", "greet"], {}, "DOCKET_ADMIN_TOKEN"],
      [["show", "no/such"], { DOCKET_ADMIN_TOKEN: TOKEN }, "No job has this key"],
      [["--state", "fine"], { DOCKET_ADMIN_TOKEN: TOKEN }, "Parameter state must be one of planned"],
    ] as const) {
      const { code, stdout, stderr } = await run(running, args, env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toStartWith("docket: ");
      expect(stderr).toContain(message);
      // Once, however many jobs were named.
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
  });
});

test("docket jobs says to start the server when there is none", async () => {
  const { code, stdout, stderr } = await runDocket(["jobs", "retry", GREET, LINK, "--url", "http://localhost:1"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toStartWith("docket: Nobody answers at http://localhost:1 ");
});

test.each([
  [["--help"], ["list", "show", "retry", "cancel", "approve", "resume"]],
  [
    ["list", "--help"],
    ["--state", "--policy", "--handler", "--entity", "--limit", "--before", "--url", "--json", "xargs"],
  ],
  [["show", "--help"], ["<key>"]],
  [
    ["retry", "--help"],
    ["<keys...>", "is refused"],
  ],
  [
    ["resume", "--help"],
    ["<name>", "--policy", "--target"],
  ],
])("docket jobs %j explains itself", async (args, words) => {
  const { code, stdout, stderr } = await runDocket(["jobs", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const word of words) expect(stdout).toContain(word);
});

test.each([
  [["shwo", "x"], "unknown command 'shwo'"],
  [["retry"], "missing required argument 'keys'"],
  [["list", "--limit", "0"], "whole number from 1 to 200"],
])("docket jobs %j is refused with a hint", async (args, message) => {
  const { code, stdout, stderr } = await runDocket(["jobs", ...args]);
  expect(code).toBeGreaterThan(0);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
  expect(stderr).toContain("--help");
});

test("hints name the job if it is one, as a shell takes it, and each policy once", () => {
  expect(hintsFor([{ state: "dead", key: "welcome/user/it's" }])[0]).toContain(
    "docket jobs retry 'welcome/user/it'\\''s'",
  );
  const stopped = { state: "planned", waitsFor: "stopped", policy: "cleanup", key: "a" };
  expect(hintsFor([stopped, stopped])).toEqual([expect.stringContaining("docket jobs resume cleanup")]);
  expect(hintsFor([{ state: "done", waitsFor: null, key: "a" }])).toEqual([]);
});

test("a job stands in one line, and is due while it waits alone", () => {
  const planned = { state: "planned", waitsFor: "time", dueAt: "2026-01-31T12:00:00.000Z" };
  expect(standingOf(planned)).toBe("planned, due 2026-01-31 12:00:00Z, waits for time");
  expect(standingOf({ state: "dead" })).toBe("dead");
  const finishedAt = "2026-02-01T12:00:00.000Z";
  expect(jobRow({ ...planned, finishedAt: null })["when"]).toBe(planned.dueAt);
  expect(jobRow({ ...planned, state: "done", finishedAt })["when"]).toBe(finishedAt);
});
