import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { Glob } from "bun";

/** The rules of the house that a program can check. */

const BANNED_IN_CORE =
  /\b(async|await|Promise|Date|Math\.random|crypto|process|Bun|console|fetch|setTimeout|performance)\b/;
/** What runs in a browser. */
const PAGE = "src/shell/dashboard/page/";
const LINES_MAX = { src: 250, migrations: 250, test: 350 };

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

async function sources(pattern: string): Promise<readonly Source[]> {
  const paths = await Array.fromAsync(new Glob(pattern).scan("."));
  return Promise.all(
    paths.sort().map(async (path) => {
      const text = await Bun.file(path).text();
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");
      const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
      return { path, text, code, imports };
    }),
  );
}

describe("src/core", () => {
  test("imports only its siblings", async () => {
    const files = await sources("src/core/**/*.ts");
    expect(files.length).toBeGreaterThan(10);
    for (const { path, imports } of files) {
      expect({ path, foreign: imports.filter((it) => !it.startsWith("./")) }).toEqual({ path, foreign: [] });
    }
  });

  test("touches no clock, randomness or I/O, and has no classes", async () => {
    for (const { path, code } of await sources("src/core/**/*.ts")) {
      const words = code.replaceAll(/"[^"]*"|`[^`]*`/g, '""');
      expect({ path, found: words.match(BANNED_IN_CORE)?.[0] ?? words.match(/\bclass\b/)?.[0] }).toEqual({
        path,
        found: undefined,
      });
    }
  });
});

describe("dependencies", () => {
  test("go from the shell to the core by its front door only", async () => {
    for (const { path, imports } of await sources("src/shell/**/*.{ts,tsx}")) {
      const sideDoors = imports.filter((it) => it.includes("core/") && !it.endsWith("/core/mod.ts"));
      expect({ path, sideDoors }).toEqual({ path, sideDoors: [] });
    }
  });

  test("never go from the source to the tests, and name files with their ending", async () => {
    for (const { path, imports } of await sources("{src,migrations}/**/*.{ts,tsx}")) {
      const wrong = imports.filter(
        (it) => it.includes("test/") || (it.startsWith(".") && !/\.(tsx?|json|css)$/.test(it)),
      );
      expect({ path, wrong }).toEqual({ path, wrong: [] });
    }
  });

  test("between the server and the page are types alone: nothing of one runs in the other", async () => {
    const files = await sources("src/shell/**/*.{ts,tsx}");
    expect(files.filter(({ path }) => path.startsWith(PAGE)).length).toBeGreaterThan(10);
    for (const { path, code } of files) {
      const run = [...code.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gm)].map(([, it]) => it ?? "");
      const across = run.filter((it) => join(dirname(path), it).startsWith(PAGE) !== path.startsWith(PAGE));
      expect({ path, across }).toEqual({ path, across: [] });
    }
  });

  test("are pinned to exact versions", async () => {
    const { dependencies, devDependencies } = await Bun.file("package.json").json();
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect({ name, version: String(version) }).toEqual({
        name,
        version: expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
      });
    }
  });
});

describe("files", () => {
  test("are named in snake_case, and tests after what they test", async () => {
    for (const { path } of await sources("{src,migrations,test}/**/*.{ts,tsx,mjs}")) {
      expect(path).toMatch(/^([a-z0-9_]+\/)*[a-z0-9_]+(\.d)?\.(tsx?|mjs)$/);
    }
  });

  test("stay small", async () => {
    for (const { path, text } of await sources("{src,migrations,test}/**/*.{ts,tsx}")) {
      const lines = text.split("\n").length;
      const most = LINES_MAX[path.split("/")[0] as keyof typeof LINES_MAX];
      expect({ path, tooLong: lines > most ? lines : 0 }).toEqual({ path, tooLong: 0 });
    }
  });

  test("hold no leftovers", async () => {
    for (const { path, code } of await sources("{src,migrations}/**/*.{ts,tsx}")) {
      if (path.includes("/command/")) continue;
      expect({ path, found: code.match(/console\.log|\bdebugger\b|\bany\b(?=[;,)>\]])|\bFIXME\b/)?.[0] }).toEqual({
        path,
        found: undefined,
      });
    }
  });
});
