import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A `docket backfill` in a process of its own. */
export interface BackfillProcess {
  /** Resolves once so many pages are on disk; false if it ended before. */
  readonly pages: (count: number) => Promise<boolean>;
  readonly kill: () => Promise<void>;
  readonly tell: (signal: NodeJS.Signals) => void;
  /** Its exit code, and all it said. */
  readonly ended: Promise<{ readonly code: number; readonly errors: string; readonly lines: readonly string[] }>;
  /** Most memory that it had, in bytes, as of the last look. */
  readonly peakBytes: () => number;
}

const MAIN = join(import.meta.dir, "../../src/shell/main.ts");
const LOOK_MS = 50;

export function startBackfill(args: readonly string[], environment: Readonly<Record<string, string>>): BackfillProcess {
  const child = Bun.spawn([process.execPath, MAIN, "backfill", "--json", ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/tmp", ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const lines: string[] = [];
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, LOOK_MS);
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
  };
  const finish = async (): Promise<Awaited<BackfillProcess["ended"]>> => {
    const [errors] = await Promise.all([new Response(child.stderr).text(), read(), child.exited]);
    clearInterval(look);
    return { code: child.exitCode ?? -1, errors, lines };
  };
  const ended = finish();
  return {
    pages: async (count) => {
      while (lines.filter((line) => line.startsWith('{"page"')).length < count) {
        if (child.exitCode !== null || child.signalCode !== null) return false;
        await Bun.sleep(2);
      }
      return true;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    tell: (signal) => child.kill(signal),
    ended,
    peakBytes: () => peak,
  };
}

/** Of Linux's accounts; 0 where there are none, or the process is gone. */
function peakOf(pid: number): number {
  try {
    const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) * 1_024;
  } catch {
    return 0;
  }
}
