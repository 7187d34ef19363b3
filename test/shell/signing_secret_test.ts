import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Webhook } from "svix";
import { isSigningSecret, SettingError } from "../../src/shell/app_config.ts";
import { loadOrMakeSigningSecret, readSigningSecret, signingSecretPath } from "../../src/shell/signing_secret.ts";
import { ROOT } from "./command/run_cli.ts";

const root = mkdtempSync(path.join(tmpdir(), "docket-secret-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function newFolder(): string {
  folders++;
  return path.join(root, String(folders), "data");
}

describe("isSigningSecret()", () => {
  test.each([
    ["A".repeat(22), true],
    [`${"A".repeat(22)}==`, true],
    ["A".repeat(23), true],
    [`${"A".repeat(23)}=`, true],
    ["A".repeat(24), true],
    ["A".repeat(32), true],
    ["A".repeat(21), false],
    ["A".repeat(25), false],
    [`${"A".repeat(22)}=`, false],
    [`${"A".repeat(23)}==`, false],
    [`${"A".repeat(24)}=`, false],
    [`${"A".repeat(21)}-_`, false],
  ])("takes whsec_%s: %p", (base64, expected) => {
    expect(isSigningSecret(`whsec_${base64}`)).toBe(expected);
  });
});

describe("loadOrMakeSigningSecret()", () => {
  test("makes a secret that svix takes, keeps it, and lets only its owner read it", async () => {
    const folder = newFolder();
    const secret = await loadOrMakeSigningSecret(folder);
    expect(isSigningSecret(secret)).toBe(true);
    expect(Buffer.from(secret.slice("whsec_".length), "base64")).toHaveLength(24);
    expect(new Webhook(secret).sign("msg_1", new Date(), "{}")).toStartWith("v1,");
    expect(await loadOrMakeSigningSecret(folder)).toBe(secret);
    expect(await readSigningSecret(folder)).toBe(secret);
    expect(statSync(signingSecretPath(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["signing_secret"]);
  });

  test("gives all processes that ask at once the same one", async () => {
    const folder = newFolder();
    const script = `import { loadOrMakeSigningSecret as load } from "${ROOT}/src/shell/signing_secret.ts";
      console.log(JSON.stringify(await Promise.all([1, 2, 3, 4].map(() => load(process.argv[1])))));`;
    const children = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, "-e", script, folder], { stdout: "pipe", stderr: "inherit" }),
    );
    const made = await Promise.all(children.map((child) => new Response(child.stdout).json() as Promise<string[]>));
    expect(made.flat()).toHaveLength(16);
    expect(new Set(made.flat()).size).toBe(1);
    expect(readdirSync(folder)).toEqual(["signing_secret"]);
  });

  test("waits for a writer that is not done yet", async () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(signingSecretPath(folder), "");
    const reading = readSigningSecret(folder);
    const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    writeFileSync(signingSecretPath(folder), secret);
    expect(await reading).toBe(secret);
  });

  test("refuses a file that holds something else, without showing it", async () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(signingSecretPath(folder), "hunter2");
    const error = await loadOrMakeSigningSecret(folder).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(SettingError);
    expect(String(error)).toContain("in its file signing_secret: delete that file");
    expect(String(error)).not.toContain(folder);
    expect(String(error)).not.toContain("hunter2");
    expect(readFileSync(signingSecretPath(folder), "utf8")).toBe("hunter2");
  });

  test("says that the folder cannot be written, without naming it", async () => {
    const folder = newFolder();
    mkdirSync(path.dirname(folder), { recursive: true });
    writeFileSync(folder, "a file in the folder's place");
    const error = await loadOrMakeSigningSecret(folder).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(SettingError);
    expect(String(error)).toContain("DOCKET_DATA_DIR: has no place for a signing secret (E");
    expect(String(error)).not.toContain(folder);
    chmodSync(folder, 0o600);
  });
});
