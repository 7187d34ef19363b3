import { describe, expect, test } from "bun:test";
import { runDocket } from "./run_cli.ts";

describe("docket", () => {
  test("says its version", async () => {
    expect(await runDocket(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([
    [["--help"], ["serve", "migrate", "trigger", "events", "entity", "verify", "preview", "jobs", "doctor"]],
    [["serve", "--help"], ["docket serve"]],
    [
      ["migrate", "--help"],
      ["--status", "--json"],
    ],
    [
      ["trigger", "--help"],
      ["--scenario", "--set", "--seed", "--shuffle", "--duplicate", "--count", "--secret"],
    ],
    [["doctor", "--help"], ["--json"]],
    [
      ["verify", "--help"],
      ["--config", "--limit", "--json"],
    ],
    [
      ["preview", "--help"],
      ["--config", "--policy", "--past", "--limit", "--json"],
    ],
    [
      ["events", "--help"],
      ["--type", "--entity", "--outcome", "--limit", "--before", "--url", "--json"],
    ],
    [
      ["entity", "--help"],
      ["--limit", "--before", "--url", "--json"],
    ],
  ])("%j explains itself", async (args, words) => {
    const { code, stdout, stderr } = await runDocket(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const word of words) expect(stdout).toContain(word);
  });

  test.each([
    [["triger"], "Did you mean trigger?"],
    [["trigger", "--cuont", "1"], "unknown option '--cuont'"],
    [["trigger", "user.created", "user.updated"], "too many arguments"],
    [["events", "--limit", "0"], "whole number from 1 to 200"],
    [["entity"], "missing required argument 'kind'"],
    [["serve", "now"], "too many arguments"],
    [[], "Usage: docket"],
  ])("%j is refused with a hint", async (args, message) => {
    const { code, stdout, stderr } = await runDocket(args);
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toContain("--help");
  });

  test("names the setting that is wrong, not its value", async () => {
    const { code, stderr } = await runDocket(["migrate"], { env: { DATABASE_URL: "mysql://secret" } });
    expect(code).toBe(1);
    expect(stderr).toStartWith("docket: DATABASE_URL: must be a URL");
    expect(stderr).not.toContain("secret");
  });

  test("loads neither database nor server for trigger", async () => {
    const source = new Bun.Transpiler({ loader: "ts" });
    const seen = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { path, kind } of source.scanImports((await Bun.file(file).text()).replace(/^#!.*/, ""))) {
        if (kind !== "import-statement" || path.endsWith(".json")) continue;
        if (!path.startsWith(".")) seen.add(path);
        else await visit(new URL(path, `file://${file}`).pathname);
      }
    };
    const root = new URL("../../../src/shell/", import.meta.url).pathname;
    await visit(`${root}main.ts`);
    await visit(`${root}command/trigger.ts`);
    const packages = [...seen].filter((it) => !it.startsWith("/"));
    expect(packages).toContain("svix");
    for (const heavy of ["@electric-sql/pglite", "elysia", "postgres", "kysely"]) expect(packages).not.toContain(heavy);
  });
});
