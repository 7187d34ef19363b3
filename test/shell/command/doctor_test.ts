import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Check } from "../../../src/shell/command/check.ts";
import { checkEndpoint } from "../../../src/shell/command/check_endpoint.ts";
import { checkSettings } from "../../../src/shell/command/check_settings.ts";
import { loadOrMakeSigningSecret } from "../../../src/shell/signing_secret.ts";
import { runDocket } from "./run_cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "docket-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const CLERK_KEY = `sk_live_${"a1B2".repeat(10)}`;

async function settings(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { checks } = await checkSettings({ DOCKET_DATA_DIR: folder, ...environment });
  expect(JSON.stringify(checks)).not.toContain(SECRET);
  expect(JSON.stringify(checks)).not.toContain(CLERK_KEY);
  return checks.map(({ name, status }) => `${name}: ${status}`);
}

describe("checkSettings()", () => {
  test("is content with settings, secret and key, and shows neither", async () => {
    expect(await settings({ CLERK_WEBHOOK_SIGNING_SECRET: SECRET, CLERK_SECRET_KEY: CLERK_KEY })).toEqual([
      "settings: ok",
      "signing secret: ok",
      "Clerk key: ok",
    ]);
  });

  test("knows the development secret", async () => {
    expect(await settings({})).toEqual(["settings: ok", "signing secret: warning"]);
    await loadOrMakeSigningSecret(folder);
    expect(await settings({})).toEqual(["settings: ok", "signing secret: ok"]);
  });

  test("names the wrong setting, and tells a publishable key from a secret one", async () => {
    const { checks, config } = await checkSettings({ PORT: "99999999", CLERK_SECRET_KEY: "pk_test_abc" });
    expect(config).toBeUndefined();
    expect(checks.map(({ status }) => status)).toEqual(["failure", "failure"]);
    expect(checks[0]?.detail).toStartWith("PORT: must be");
    expect(checks[1]?.advice).toContain("not the publishable one");
  });

  test("sees the secret under the name that Clerk's guides use", async () => {
    const all = await settings({ CLERK_WEBHOOK_SECRET: SECRET });
    expect(all).toContain("name of the secret: warning");
  });
});

describe("checkEndpoint()", () => {
  const cases: readonly (readonly [string, () => Response, Check["status"]])[] = [
    ["a ready Docket", () => Response.json({ status: "ready" }), "ok"],
    [
      "a Docket that is not ready",
      () => Response.json({ error: { code: "unavailable", message: "Not ready: x" } }, { status: 503 }),
      "failure",
    ],
    ["another server", () => new Response("<html>", { status: 404 }), "failure"],
  ];
  test.each(cases)("tells %s", async (_name, answer, status) => {
    using server = Bun.serve({ port: 0, fetch: answer });
    expect((await checkEndpoint(Number(server.port))).status).toBe(status);
  });

  test("only warns when nothing listens", async () => {
    const server = Bun.serve({ port: 0, fetch: () => new Response() });
    const port = Number(server.port);
    await server.stop(true);
    expect((await checkEndpoint(port)).status).toBe("warning");
  });
});

describe("docket doctor and docket migrate", () => {
  test("see an embedded database before and after it is migrated", async () => {
    const env = { DOCKET_DATA_DIR: path.join(folder, "embedded"), PORT: "1" };
    const before = await runDocket(["doctor", "--json"], { env });
    expect(before.code).toBe(0);
    expect(JSON.parse(before.stdout)).toMatchObject({
      healthy: true,
      checks: expect.arrayContaining([expect.objectContaining({ name: "database", status: "warning" })]),
    });

    const migrated = await runDocket(["migrate", "--json"], { env });
    expect(migrated).toMatchObject({ code: 0, stderr: "" });
    const { applied } = JSON.parse(migrated.stdout) as { readonly applied: readonly string[] };
    expect(applied.length).toBeGreaterThan(0);
    const again = await runDocket(["migrate"], { env });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("up to date") });
    const status = await runDocket(["migrate", "--status"], { env });
    expect(status.code).toBe(0);
    for (const name of applied) expect(status.stdout).toContain(name);

    const after = await runDocket(["doctor"], { env });
    expect(after.code).toBe(0);
    expect(after.stdout).toContain("ok       migrations: up to date");
    expect(after.stdout).toContain("ok       clock:");
  }, 60_000);

  test("says within seconds that a database is not there, without its password", async () => {
    const env = { DATABASE_URL: "postgres://me:hunter2@127.0.0.1:1/none", PORT: "1" };
    const { code, stdout, stderr } = await runDocket(["doctor"], { env });
    expect(code).toBe(1);
    expect(stdout).toContain("failure  database: Cannot connect to the database 127.0.0.1:1/none");
    expect(stdout + stderr).not.toContain("hunter2");
  }, 20_000);
});
