import { afterEach, expect, test } from "bun:test";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";
import { jsonLines, runDocket } from "./run_cli.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("docket stats", (database) => {
  test("says how the service stands, what needs a person first, and the same as JSON", async () => {
    const running = await startService(database());
    service = running;
    const env = { PORT: new URL(running.url).port };
    const empty = await runDocket(["stats"], { env });
    expect(empty).toMatchObject({ code: 0, stderr: "" });
    expect(empty.stdout).toMatch(/^Docket \S+ on .*: well, nothing to do\nNo webhook has come yet: .*docket trigger/);
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1" }));
    await sendEvent(running, "msg_2", "{");
    const { code, stdout } = await runDocket(["stats"], { env });
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toEndWith(": not well, one thing to look at");
    expect(lines[1]).toMatch(/^The last webhook came at \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    expect(lines.slice(3, 5)).toEqual([
      "warning: 1 message on file that could not be understood",
      expect.stringMatching(/^ {2}-> `docket events --outcome quarantined` lists them/),
    ]);
    for (const row of [/^received +2 +2$/, /^quarantined +1 +1$/, /^planned +0$/, /^user +1$/]) {
      expect(lines.some((line) => row.test(line))).toBeTrue();
    }
    const [json] = jsonLines((await runDocket(["stats", "--json"], { env })).stdout);
    const { body } = await ask(running, "/stats");
    expect({ ...json, now: 0 }).toEqual({ ...body, now: 0 });
  });
});

test("docket stats says what to do when nobody answers", async () => {
  const { code, stderr } = await runDocket(["stats", "--url", "http://127.0.0.1:1"]);
  expect(code).toBe(1);
  expect(stderr).toContain("start the server first");
});
