import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { startFakeClerk } from "../../support/fake_clerk.ts";
import { startProcess } from "../../support/process.ts";
import { type Service, startService } from "../../support/service.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("docket entity", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };
  const run = ({ url }: Service, args: readonly string[]): Promise<Finished> =>
    runDocket(["entity", ...args, "--url", url]);

  test("prints a kind's rows as a table, or as JSON lines", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada", last_name: "King" }));
    await sendEvent(running, "msg_2", event("user.deleted", 2, { id: "user_2" }));
    const { code, stdout, stderr } = await run(running, ["users"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ["id", "primary_email_address", "first_name", "last_name", "updated_at", "deleted_at"],
      ["user_2", "-", "-", "-", "-", "2023-11-14 22:13:20Z"],
      ["user_1", "-", "Ada", "King", "2023-11-14 22:13:20Z", "-"],
    ]);
    const json = await run(running, ["user", "--json", "--limit", "1"]);
    expect(jsonLines(json.stdout)).toMatchObject([
      { kind: "user", id: "user_2", state: "deleted", data: { id: "user_2" } },
    ]);
    expect(json.stderr).toContain("--before ");
  });

  test("has Clerk asked for one, or waits for it, only if there is an id", async () => {
    await using clerk = startFakeClerk();
    service = await startService(database(), { clerk });
    const id = clerk.world.addUser();
    expect((await run(service, ["user", id])).code).toBe(1);
    const fetched = await run(service, ["user", id, "--fetch"]);
    expect([fetched.code, fetched.stdout]).toEqual([0, expect.stringContaining(`id: ${id}\n`)]);
    const late = await run(service, ["user", "user_2", "--wait", "1"]);
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining("No user has this id")]);
    for (const option of [["--fetch"], ["--wait", "2"]]) {
      expect((await run(service, ["user", ...option])).stderr).toContain("Give an id too");
    }
  });

  test("prints one row, a line for each column that is filled", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada\nid: user_2" }));
    const { code, stdout } = await run(running, ["user", "user_1"]);
    expect(code).toBe(0);
    expect(stdout).toStartWith("kind: user\nstate: live\nid: user_1\n");
    expect(stdout).toContain("\nfirst_name: Ada\ufffdid: user_2\n");
    expect(stdout).not.toMatch(/null|last_name|\nid: user_2/);
    expect(jsonLines((await run(running, ["user", "user_1", "--json"])).stdout)).toMatchObject([
      { state: "live", data: { first_name: "Ada\nid: user_2", last_name: null, data: { id: "user_1" } } },
    ]);
  });

  test("says what there is when there is nothing", async () => {
    const running = await start();
    const none = await run(running, ["session"]);
    expect([none.code, none.stdout]).toEqual([0, ""]);
    expect(none.stderr).toContain("docket trigger");
    for (const [args, message] of [
      [["person"], "No such kind: it must be one of user, "],
      [["user", "user_1"], "No user has this id"],
      [["user", "a/../b?c"], "No user has this id"],
      [["user", "user_1", "--limit", "3"], "not both"],
    ] as const) {
      const { code, stdout, stderr } = await run(running, args);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toStartWith(`docket: ${stderr.includes("Give") ? "Give an id, or" : message}`);
      expect(stderr).toContain(message);
    }
  });
});

test("the first event of somebody new shows at once, and no token is in the log", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "docket-entity-"));
  const token = "a-token-of-more-than-sixteen";
  const server = await startProcess({
    environment: { DOCKET_DATA_DIR: folder, DOCKET_ADMIN_TOKEN: token, LOG_LEVEL: "trace" },
  });
  try {
    await sendEvent(server, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    const env = { PORT: new URL(server.url).port, DOCKET_ADMIN_TOKEN: token };
    expect(await runDocket(["entity", "user"], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Ada"),
    });
    expect(await runDocket(["events"], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining("msg_1") });
    const wrong = { ...env, DOCKET_ADMIN_TOKEN: "a-wrong-one-of-more-than-sixteen" };
    expect((await runDocket(["events"], { env: wrong })).code).toBe(1);
    expect(await server.signal("SIGTERM")).toBe(0);
    expect(server.output()).toContain("msg_1");
    expect(server.output()).not.toMatch(/more-than-sixteen|whsec_|Ada/);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
