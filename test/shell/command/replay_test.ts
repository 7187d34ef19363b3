import { expect, test } from "bun:test";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { event } from "../../support/api.ts";
import { configFile } from "../../support/config_file.ts";
import { openTestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { notUnderstood } from "../../support/replayed.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

const LIMIT_MS = 60_000;
const CONFIG = `
import { defineConfig, job, policy } from "docket";

export default defineConfig({
  policies: [
    policy("greet", { kind: "user", once: true, sinceMs: 0 }, ({ after }) =>
      after._tag === "Live" ? [job("log", { hello: after.value.firstName })] : []),
  ],
});
`;

test(
  "docket replay takes in what was quarantined, says what is not understood, and asks before jobs run again",
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = await openTestDatabase("postgres");
    stack.defer(() => database.close());
    using config = configFile(CONFIG);
    const env = { DATABASE_URL: database.url ?? "", DOCKET_INSTANCE_IDS: INSTANCE_ID, DOCKET_CONFIG: config.path };
    const run = (...args: readonly string[]): Promise<Finished> => runDocket(["replay", ...args], { env });
    const bodies = [event("user.created", 0, { id: "user_1", first_name: "Ada" }), "no JSON"];
    await recorder(database)(
      bodies.map((body, index) =>
        notUnderstood(decodeDelivery({ svixId: `msg_${index}`, body, receivedAtMs: EPOCH_MS + index })),
      ),
    );
    const dry = await run("--dry-run");
    expect([dry.code, dry.stderr]).toEqual([1, "Nothing was changed: this was a dry run\n"]);
    const done = await run();
    expect([done.code, done.stdout]).toEqual([1, dry.stdout]);
    expect(done.stdout).toBe(
      [
        "msg_0 user.created: quarantined, now applied",
        "msg_1 (no type): still quarantined: body: expected JSON",
        "2 messages replayed: 1 now understood, 1 not understood",
        "",
      ].join("\n"),
    );
    const forced = await run("--type", "user.created", "--since", "2020-01-01", "--mode", "forced");
    expect(forced).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("say --yes if it is to") });
    const left = await run("--type", "user.created", "--mode", "forced", "--yes", "--json");
    expect(left.code).toBe(0);
    expect(jsonLines(left.stdout)).toMatchObject([
      { job: { key: "greet/user/user_1", is: "left" } },
      { total: { mode: "forced", messages: 1, left: 1, again: 0 } },
    ]);
    const wrong = [
      [["--mode", "all"], 'No mode is called "all": must be one of missing, state, forced'],
      [["--outcome", "lost"], 'No outcome is called "lost"'],
      [["--since", "yore"], 'Cannot read --since "yore"'],
      [["--id", "msg_9"], "No message of the log is meant"],
    ] as const;
    for (const [args, message] of wrong) {
      expect(await run(...args)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(message) });
    }
  },
  LIMIT_MS,
);
