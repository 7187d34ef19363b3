import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { Entry } from "./entries.ts";
import type { LoadOrder, LoadResult } from "./load.ts";
import { INSTANCE_ID, SIGNING_SECRET } from "./requests.ts";
import type { Scenario } from "./scenarios.ts";

/** What came of one run against one server. */
export interface Measured extends LoadResult {
  readonly perSecond: number;
  /** Of the server alone, at its most. */
  readonly peakMebibytes: number;
}

export interface RunOptions {
  readonly scenario: Scenario;
  /** The database, if it is to be PostgreSQL's. */
  readonly url: string | undefined;
  readonly count: number;
}

const START_LIMIT_MS = 30_000;

/** Starts the server, warms it, measures, checks that all that was acknowledged is there, and ends it. */
export async function runServer(entry: Entry, { scenario, url, count }: RunOptions): Promise<Measured> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "docket-bench-"));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "..", entry.file)], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: String(port),
      ...(url === undefined ? {} : { DATABASE_URL: url }),
      CLERK_WEBHOOK_SIGNING_SECRET: SIGNING_SECRET,
      DOCKET_INSTANCE_IDS: INSTANCE_ID,
      DOCKET_DATA_DIR: join(folder, "data"),
      LOG_LEVEL: "error",
    },
    stdout: "ignore",
    stderr: "inherit",
  });
  try {
    await untilListening(port, child);
    await load(entry, { scenario, port, count: Math.ceil(count / 5), run: "warm" });
    const measured = await load(entry, { scenario, port, count, run: "real" });
    const peakMebibytes = peakOf(child.pid);
    if (url !== undefined) await check(entry, { url, scenario, warm: Math.ceil(count / 5), count });
    return { ...measured, perSecond: count / measured.seconds, peakMebibytes };
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Sending {
  readonly scenario: Scenario;
  readonly port: number;
  readonly count: number;
  readonly run: string;
}

/** In a process of its own: a generator that shares the server's would be measured with it. */
async function load(entry: Entry, { scenario, port, count, run }: Sending): Promise<LoadResult> {
  const { event, bodyBytes, keys, senders } = scenario;
  const order: LoadOrder = {
    sender: entry.sender,
    path: entry.path,
    event,
    bodyBytes,
    keys,
    senders,
    port,
    count,
    run,
  };
  const result = Promise.withResolvers<LoadResult>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts")], {
    ipc: (message, process) => (message === "ready" ? process.send(order) : result.resolve(message as LoadResult)),
    stderr: "inherit",
  });
  void child.exited.then((code) => result.reject(new Error(`The load generator ended with code ${code}`)));
  const measured = await result.promise;
  const refused = Object.entries(measured.statuses).filter(([status]) => !/^2/.test(status));
  if (refused.length > 0) throw new Error(`${entry.name} refused messages: ${JSON.stringify(measured.statuses)}`);
  return measured;
}

interface Checked {
  readonly url: string;
  readonly scenario: Scenario;
  readonly warm: number;
  readonly count: number;
}

/** A server that answers and writes nothing would be the fastest. */
async function check(entry: Entry, { url, scenario, warm, count }: Checked): Promise<void> {
  const isLog = entry.name === "floor";
  const ofRun = (messages: number): number =>
    scenario.event === "created" || isLog ? messages : Math.min(messages, scenario.keys);
  const sql = postgres(url, { max: 1 });
  const [row] = await sql.unsafe(entry.count);
  await sql.end();
  const wanted = ofRun(warm) + ofRun(count);
  if (row?.["count"] !== wanted) throw new Error(`${entry.name} has ${row?.["count"]} rows, not ${wanted}`);
}

async function untilListening(port: number, child: Bun.Subprocess): Promise<void> {
  const startMs = performance.now();
  while (performance.now() - startMs < START_LIMIT_MS) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer !== null && answer.status !== 503) return;
    await Bun.sleep(50);
  }
  throw new Error(`The server did not listen within ${START_LIMIT_MS / 1_000} s`);
}

/** From Linux's own books; NaN elsewhere. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
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
