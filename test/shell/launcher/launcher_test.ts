import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findBun } from "../../../src/shell/launcher/launch.mjs";
import { ROOT } from "../command/run_cli.ts";

const LAUNCHER = path.join(ROOT, "src/shell/launcher");
const root = mkdtempSync(path.join(tmpdir(), "docket-launcher-"));
afterAll(() => rmSync(root, { recursive: true }));

/** The real Node, if there is one: inside a package script, Bun puts itself on the path under that name. */
function findNode(): string | undefined {
  const node = Bun.which("node");
  if (node === null) return undefined;
  const { stdout } = Bun.spawnSync([node, "-p", "process.versions.bun === undefined"]);
  return stdout.toString().trim() === "true" ? node : undefined;
}

const NODE = findNode();

/** Node where there is one, because that is who runs the launcher there; and Bun in its place. */
const RUNTIMES = NODE === undefined ? [process.execPath] : [NODE, process.execPath];

/** Says when it is up, and then which signals it got; ends with 7 some time after the first. */
const CHILD = `
  let count = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      count++;
      if (count === 1) setTimeout(() => { console.log(signal, count); process.exit(7); }, 200);
    });
  }
  console.log("up", process.argv.slice(2).join(","), process.versions.bun);
  setInterval(() => {}, 1_000);
`;
const script = path.join(root, "child.ts");
writeFileSync(script, CHILD);

function start(runtime: string, args: readonly string[]) {
  const child = Bun.spawn([runtime, path.join(LAUNCHER, "bun.mjs"), ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  return { child, reader: child.stdout.getReader() };
}

async function readText(reader: ReturnType<typeof start>["reader"]): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

describe.each(RUNTIMES)("bun.mjs under %s", (runtime) => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "passes %s on once, waits for the child, and ends with its code",
    async (signal) => {
      const { child, reader } = start(runtime, [script, "a", "b c"]);
      expect(await readText(reader)).toBe(`up a,b c ${Bun.version}\n`);
      child.kill(signal);
      // An echo of the same signal, as a group and a forwarding parent make.
      child.kill(signal);
      expect(await readText(reader)).toBe(`${signal} 1\n`);
      expect(await child.exited).toBe(7);
    },
  );

  test("keeps the child's exit code, and gives 128 + n for a signal that ended it", async () => {
    expect(await start(runtime, ["-e", "process.exit(3)"]).child.exited).toBe(3);
    expect(await start(runtime, ["-e", "process.kill(process.pid, 'SIGKILL')"]).child.exited).toBe(137);
    expect(await start(runtime, ["-e", ""]).child.exited).toBe(0);
  });

  test("runs docket.mjs from any folder", async () => {
    const child = Bun.spawn([runtime, path.join(LAUNCHER, "docket.mjs"), "--version"], { cwd: root, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await child.exited).toBe(0);
  });
});

/** A folder as a package manager leaves it; a file of 2 MB stands for Bun. */
function installed(files: Readonly<Record<string, "binary" | "placeholder">>): string {
  const folder = mkdtempSync(path.join(root, "install-"));
  for (const [file, content] of Object.entries(files)) {
    const to = path.join(folder, "node_modules", file);
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, content === "binary" ? Buffer.alloc(2_000_000) : "echo not installed", { mode: 0o755 });
    writeFileSync(path.join(path.dirname(to), "../package.json"), "{}");
  }
  return folder;
}

describe("findBun()", () => {
  const machine = process.arch === "arm64" ? "aarch64" : process.arch;
  const oven = `@oven/bun-${process.platform}-${machine}/bin/bun`;
  const from = (folder: string) => path.join(folder, "src/launch.mjs");

  test("finds the binary that bun's postinstall script linked", () => {
    const folder = installed({ "bun/bin/bun.exe": "binary" });
    expect(findBun(from(folder))).toBe(path.join(folder, "node_modules/bun/bin/bun.exe"));
  });

  test("finds the platform's package when the script was not allowed to run", () => {
    const folder = installed({ "bun/bin/bun.exe": "placeholder", [oven]: "binary" });
    expect(findBun(from(folder))).toBe(path.join(folder, "node_modules", oven));
  });

  test("falls back to the Bun that runs it", () => {
    expect(findBun(from(installed({})))).toBe(process.execPath);
    expect(findBun(from(installed({ "bun/bin/bun.exe": "placeholder" })))).toBe(process.execPath);
  });

  test.skipIf(NODE === undefined)("says what to do when there is no Bun at all", async () => {
    const folder = mkdtempSync(path.join(root, "empty-"));
    cpSync(LAUNCHER, path.join(folder, "launcher"), { recursive: true });
    const child = Bun.spawn([NODE ?? "", path.join(folder, "launcher/bun.mjs")], { stderr: "pipe" });
    expect(await new Response(child.stderr).text()).toContain("npm install");
    expect(await child.exited).toBe(127);
  });
});
