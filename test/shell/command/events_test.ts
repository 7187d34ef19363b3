import { afterEach, expect, test } from "bun:test";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

const TOKEN = "a-token-of-more-than-sixteen";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("docket events", (database) => {
  const start = async (options: ServiceOptions = {}): Promise<Service> => {
    service = await startService(database(), options);
    await sendEvent(service, "msg_1", event("user.updated", 5, { id: "user_1", first_name: "Ada\u001b[31m\u202e" }));
    await sendEvent(service, "msg_2", event("user.created", 1, { id: "user_1" }));
    await sendEvent(service, "msg_3", event("session.created", 1, { id: "sess_1", user_id: "user_1" }));
    return service;
  };
  /** By PORT, as somebody would who has just started it. */
  const run = (
    { url }: Service,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Finished> => runDocket(["events", ...args], { env: { PORT: new URL(url).port, ...env } });

  test("prints a table, newest first, and how to go on", async () => {
    const running = await start();
    const { code, stdout, stderr } = await run(running, ["--limit", "2"]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["received", "type", "outcome", "entity", "svix_id"],
      [expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/), "session.created", "applied", "sess_1", "msg_3"],
      [expect.any(String), "user.created", "stale", "user_1", "msg_2"],
    ]);
    expect(code).toBe(0);
    const cursor = stderr.match(/--before (\S+)\n$/)?.[1] ?? "";
    const rest = await run(running, ["--limit", "2", "--before", cursor, "--json"]);
    expect({ ...rest, stdout: jsonLines(rest.stdout) }).toMatchObject({
      code: 0,
      stderr: "",
      stdout: [{ svixId: "msg_1" }],
    });
  });

  test("passes the filters on, and with --json prints what the API answers", async () => {
    const running = await start();
    const filters = ["--type", "user.created", "--entity", "user/user_1", "--outcome", "stale"];
    const { code, stdout, stderr } = await run(running, [...filters, "--json"]);
    const { items } = (await ask(running, "/events?outcome=stale")).body;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(jsonLines(stdout)).toEqual([...items]);
  });

  test("shows one message with its payload, and nothing that the terminal would act on", async () => {
    const running = await start();
    const { code, stdout } = await run(running, ["msg_1"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^svix_id: msg_1\ntype: user\.updated\n/);
    expect(stdout).toContain('"first_name": "Ada');
    expect(stdout).not.toMatch(/fault:|null/);
    for (const mark of ["\u001b", "\u202e"]) expect(stdout).not.toContain(mark);
    const [json] = jsonLines((await run(running, ["msg_1", "--json"])).stdout);
    expect(json).toMatchObject({ payload: { data: { first_name: "Ada\u001b[31m\u202e" } } });
  });

  test("ends with 1 and says what to do when it is refused", async () => {
    const running = await start({ adminToken: TOKEN });
    const right = await run(running, [], { DOCKET_ADMIN_TOKEN: TOKEN });
    expect({ code: right.code, stderr: right.stderr }).toEqual({ code: 0, stderr: "" });
    const refusals: readonly (readonly [Finished, string])[] = [
      [await run(running, []), "DOCKET_ADMIN_TOKEN"],
      [await run(running, [], { DOCKET_ADMIN_TOKEN: "another-token-of-sixteen" }), "DOCKET_ADMIN_TOKEN"],
      [await run(running, [], { DOCKET_ADMIN_TOKEN: "short" }), "DOCKET_ADMIN_TOKEN: must be at least 16"],
      [await run(running, ["msg_9"], { DOCKET_ADMIN_TOKEN: TOKEN }), "No event has this id"],
      [await run(running, ["--outcome", "fine"], { DOCKET_ADMIN_TOKEN: TOKEN }), "Parameter outcome must be one of"],
      [await run(running, ["msg_1", "--type", "user.created"], { DOCKET_ADMIN_TOKEN: TOKEN }), "not both"],
    ];
    for (const [{ code, stdout, stderr }, message] of refusals) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toStartWith("docket: ");
      expect(stderr).toContain(message);
      expect(stderr).not.toMatch(/token-of|short\b/);
    }
  });
});

test("docket events says to start the server when there is none", async () => {
  const { code, stdout, stderr } = await runDocket(["events", "--url", "http://localhost:1"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toStartWith("docket: Nobody answers at http://localhost:1 ");
  expect(stderr).toContain("npm start");
});

test("docket events tells what is no Docket, and sends the token to nobody else", async () => {
  const seen: (string | null)[] = [];
  using elsewhere = Bun.serve({
    port: 0,
    fetch: ({ headers }) => {
      seen.push(headers.get("authorization"));
      return new Response("hi");
    },
  });
  using other = Bun.serve({ port: 0, fetch: () => Response.redirect(elsewhere.url.href) });
  const env = { DOCKET_ADMIN_TOKEN: TOKEN };
  const { code, stderr } = await runDocket(["events", "--url", other.url.href], { env });
  expect(code).toBe(1);
  expect(stderr).toContain("Something other than Docket answers 302");
  expect(seen).toEqual([]);
});
