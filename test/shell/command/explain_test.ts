import { afterEach, expect, test } from "bun:test";
import { storyLines } from "../../../src/shell/command/explain_lines.ts";
import { ask, event, MEMBERSHIP, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { type Service, startService } from "../../support/service.ts";
import { jsonLines, runDocket } from "./run_cli.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** To the second, as terminals show it. */
const at = (seconds: number): string =>
  new Date(EPOCH_MS + seconds * 1_000).toISOString().replace("T", " ").replace(/\.\d+/, "");

eachDatabase("docket explain", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database(), { onDelete: "keep" });
    return service;
  };

  test("tells each message, what it is to the row, and what it changed", async () => {
    const running = await start();
    await sendEvent(running, "msg_a", event("user.created", 0, { id: "user_1", first_name: "Ada" }));
    await sendEvent(running, "msg_c", event("user.updated", 9_000, { id: "user_1", first_name: "Cleo" }));
    await sendEvent(running, "msg_b", event("user.updated", 5_000, { id: "user_1", first_name: "Bea" }));
    await sendEvent(running, "msg_b", event("user.updated", 5_000, { id: "user_1", first_name: "Bea" }));
    const { code, stdout, stderr } = await runDocket(["explain", "user", "user_1", "--url", running.url]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("--at")]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe(`user user_1: live, as of ${at(9)}`);
    expect(lines).toContain(`${at(9)}  user.updated  msg_c  current`);
    expect(lines).toContain('    first_name: "Bea" -> "Cleo"');
    expect(lines).toContain(`${at(5)}  user.updated  msg_b  superseded, late, delivered 2 times`);
    expect(lines).toContain('    first_name: "Ada" -> "Bea"');
    expect(stdout).toContain("A newer version follows, msg_c");
    expect(lines.at(-1)).toBe("Jobs: none");
    const json = await runDocket(["explain", "users", "user_1", "--url", running.url, "--json", "--limit", "1"]);
    expect(jsonLines(json.stdout)).toMatchObject([{ id: "user_1", versions: [{ svixId: "msg_c" }] }]);
    expect(json.stderr).toContain("--before ");
    const missing = await runDocket(["explain", "user", "user_2", "--url", running.url]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("No user has this id")]);
  });

  test("says whose deletion ended it; docket entity --at shows it as it was", async () => {
    const running = await start();
    await sendEvent(
      running,
      "msg_1",
      event("organizationMembership.created", 1_000, { id: "orgmem_1", ...MEMBERSHIP }),
    );
    await sendEvent(running, "msg_2", event("organization.deleted", 5_000, { id: "org_1" }));
    const { body } = await ask(running, "/entities/organization_membership/orgmem_1/history");
    const lines = storyLines(body, 60);
    expect(lines[0]).toBe(`organization_membership orgmem_1: deleted with organization org_1 at ${at(5)}, by msg_2`);
    // What is wrapped fits, as far as its words do.
    for (const line of lines.filter((it) => it.startsWith("    "))) expect(line.length).toBeLessThanOrEqual(60);
    const name = ["entity", "organization_membership", "orgmem_1", "--url", running.url];
    const then = await runDocket([...name, "--at", new Date(EPOCH_MS + 2_000).toISOString()]);
    expect([then.code, then.stdout]).toEqual([0, expect.stringContaining("state: live\n")]);
    expect(then.stdout).toContain("made_so_by: msg_1\n");
    const early = await runDocket([...name, "--at", "2001-01-01"]);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("was not there then")]);
    const both = await runDocket(["entity", "user", "--at", "2001-01-01", "--url", running.url]);
    expect([both.code, both.stderr]).toEqual([1, expect.stringContaining("Give an id too")]);
  });
});

test("a story is safe on a terminal, long values are cut, and jobs have their attempts", () => {
  const job = {
    key: "welcome/user/user_1",
    state: "dead",
    handler: "email",
    policy: "welcome",
    svixId: "msg_1",
    lastError: "503\u001b[2J",
    attempts: [{ number: 1, startedAt: "2026-01-31T12:00:00.000Z", endedAt: null, outcome: null, error: null }],
  };
  const version = { svixId: "msg_1", type: "user.created", asOfMs: 0, standing: "current", why: "Why.", intent: "+" };
  const changes = [{ intent: "+", path: "first_name", before: "x".repeat(500), after: "\u202eada" }];
  const lines = storyLines({ kind: "user", id: "user_1", versions: [version], changes, jobs: [job] }, undefined);
  const text = lines.join("\n");
  for (const mark of ["\u001b", "\u202e"]) expect(text).not.toContain(mark);
  expect(lines).toContain("welcome/user/user_1  dead");
  expect(lines).toContain("    email, wanted by welcome because of msg_1");
  expect(lines).toContain("    attempt 1: 2026-01-31 12:00:00Z, under way");
  expect(text).toContain("last error: 503\ufffd[2J");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
});
