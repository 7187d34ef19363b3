import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "./entries.ts";
import { INSTANCE_ID, SIGNING_SECRET } from "./signing.ts";

export interface ServerOptions {
  /** The database, if it is to be PostgreSQL's. */
  readonly url: string | undefined;
  /** Where an embedded database is. @default a folder that goes when the server stops */
  readonly dataDir?: string;
  /** Hidden: what it says of faults that are made for it. @default "shown" */
  readonly errors?: "shown" | "hidden";
}

/** A server in a process of its own. */
export interface RunningServer {
  readonly port: number;
  readonly dataDir: string;
  /** From the start of its process until it said that it is ready. */
  readonly readyMs: number;
  /** Resident, in MiB: now, and at its most. NaN where the machine does not tell. */
  memory(): { readonly now: number; readonly peak: number };
  /** False once it has ended by itself. */
  isRunning(): boolean;
  /** Ends it, as its operator would, and waits. */
  end(): Promise<void>;
  /** Ends it at once if it still runs, and removes its files. */
  [Symbol.asyncDispose](): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 30_000;
const LOOK_MS = 10;

/** How to end those that run, should this process be told to end. */
const ending = new Set<() => void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const end of ending) end();
    process.exit(1);
  });
}

/** Starts it, and waits until it is ready. */
export async function startServer(entry: Pick<Entry, "file">, options: ServerOptions): Promise<RunningServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "docket-bench-"));
  const dataDir = options.dataDir ?? join(folder, "data");
  const startMs = performance.now();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "..", entry.file)], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: String(port),
      ...(options.url === undefined ? {} : { DATABASE_URL: options.url }),
      CLERK_WEBHOOK_SIGNING_SECRET: SIGNING_SECRET,
      DOCKET_INSTANCE_IDS: INSTANCE_ID,
      DOCKET_DATA_DIR: dataDir,
      LOG_LEVEL: "error",
    },
    stdout: "ignore",
    stderr: options.errors === "hidden" ? "ignore" : "inherit",
  });
  const finish = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
    await child.exited;
    clearTimeout(timer);
  };
  const clear = (): void => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  ending.add(clear);
  const dispose = async (): Promise<void> => {
    await finish("SIGKILL");
    clear();
    ending.delete(clear);
  };
  try {
    await untilReady(port, child);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    dataDir,
    readyMs: performance.now() - startMs,
    memory: () => ({ now: mebibytes(child.pid, "VmRSS"), peak: mebibytes(child.pid, "VmHWM") }),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end: () => finish("SIGTERM"),
    [Symbol.asyncDispose]: dispose,
  };
}

async function untilReady(port: number, child: Bun.Subprocess): Promise<void> {
  const startMs = performance.now();
  while (performance.now() - startMs < START_LIMIT_MS) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer !== null && answer.status !== 503) return;
    await Bun.sleep(LOOK_MS);
  }
  throw new Error(`The server did not listen within ${START_LIMIT_MS / 1_000} s`);
}

/** From Linux's own books; NaN elsewhere. */
function mebibytes(pid: number, field: "VmRSS" | "VmHWM"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
