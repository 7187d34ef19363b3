import { expect, test } from "bun:test";
import { openTestDatabase } from "../../support/databases.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { startProcess } from "../../support/process.ts";
import { SECRET } from "../../support/service.ts";
import { tamper } from "../../support/verified.ts";
import { type Finished, jsonLines, runDocket } from "./run_cli.ts";

const LIMIT_MS = 60_000;

test(
  "docket rebuild shows what differs, and swaps it while the service takes in more",
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = await openTestDatabase("postgres");
    stack.defer(() => database.close());
    const environment = {
      DATABASE_URL: database.url ?? "",
      DOCKET_INSTANCE_IDS: INSTANCE_ID,
      CLERK_WEBHOOK_SIGNING_SECRET: SECRET,
    };
    const service = await startProcess({ environment });
    stack.defer(async () => void (await service.signal("SIGTERM")));
    const run = (...args: readonly string[]): Promise<Finished> => runDocket(args, { env: environment });
    const live = (seed: string): Promise<Finished> =>
      run("trigger", "--scenario", "life", "--shuffle", "--seed", seed, "--url", `${service.url}/webhooks/clerk`);
    expect((await live("first")).code).toBe(0);
    await tamper(database, "delete from clerk.users");
    const shown = await run("rebuild");
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({
      code: 1,
      stderr: "Nothing was changed: --swap makes it good\n",
    });
    expect(shown.stdout).toMatch(/^clerk\.users user_\w+: missing, the log has it\n/);
    const [swapped, sent] = await Promise.all([run("rebuild", "--swap"), live("more")]);
    expect({ sent: sent.code, code: swapped.code, stderr: swapped.stderr }).toEqual({ sent: 0, code: 0, stderr: "" });
    expect(swapped.stdout).toMatch(/\nswapped: \d+ entities in \d+ ms.*No job was planned or run\.\n$/);
    const [{ total }] = jsonLines((await run("rebuild", "--json")).stdout) as unknown as readonly [{ total: object }];
    expect(total).toMatchObject({ equal: true, differences: 0, swapped: null });
  },
  LIMIT_MS,
);
