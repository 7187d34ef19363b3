import path from "node:path";

export const ROOT = path.join(import.meta.dir, "../../..");

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `docket <args>` as a process of its own, without this process's Docket settings. */
export async function runDocket(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { PATH = "", HOME = "", TMPDIR = "" } = process.env;
  const child = Bun.spawn([process.execPath, path.join(ROOT, "src/shell/main.ts"), ...args], {
    env: { PATH, HOME, ...(TMPDIR === "" ? {} : { TMPDIR }), DOCKET_DATA_DIR: "/nonexistent/docket", ...options.env },
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** The objects of a `--json` output. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}
