import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { onRunEnd } from "./cleanup.ts";
import { findPostgres, type ServerUser, serverUser, temporaryFolder } from "./postgres_binaries.ts";

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

/** What stops a server: `INT` disconnects all and stops cleanly, `QUIT` stops as a crash would, `KILL` is a crash. */
export type StopSignal = "INT" | "QUIT" | "KILL";

/** A real PostgreSQL of our own, on a port of its own, with its files in a temporary folder. */
export interface PostgresCluster {
  readonly port: number;
  /** The URL of a database in it. The superuser is `postgres`, without a password. */
  url(database: string): string;
  stop(signal: StopSignal): Promise<void>;
  /** Starts it again, on the same port with the same data. */
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

let shared: Promise<PostgresCluster> | undefined;

/** The cluster that all tests of this process share. Started when first asked for, removed at the end. */
export function sharedPostgres(): Promise<PostgresCluster> {
  shared ??= makePostgres().then((cluster) => {
    onRunEnd(() => cluster.remove());
    return cluster;
  });
  return shared;
}

export interface MakePostgresOptions {
  /** @default fast, and not safe against a crash of the machine */
  readonly settings?: Settings;
}

/** A cluster for a test that stops or kills it. The caller removes it; if it cannot, its removal follows our own end. */
export async function makePostgres({ settings = FAST }: MakePostgresOptions = {}): Promise<PostgresCluster> {
  const user = serverUser();
  const folder = temporaryFolder("docket-postgres-");
  const bin = join(findPostgres(user, folder), "bin");
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  initialise({ bin, data, user });
  const port = await freePort();
  const launch = (): Promise<ChildProcess> => startServer({ bin, data, user, folder, settings: { ...settings, port } });
  let server: ChildProcess | undefined = await launch();
  const stop = async (signal: StopSignal): Promise<void> => {
    const stopping = server;
    server = undefined;
    if (stopping !== undefined) await stopServer(stopping, signal);
  };
  return {
    port,
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    stop,
    start: async () => {
      server ??= await launch();
    },
    remove: async () => {
      await stop("QUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly bin: string;
  readonly data: string;
  readonly user: ServerUser | undefined;
}

function initialise({ bin, data, user }: Place): void {
  const options = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  const { status, stderr, error } = spawnSync(join(bin, "initdb"), options, { ...user, cwd: "/", encoding: "utf8" });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
}

/**
 * Runs the server, told by a word on its standard input when to stop. When the input ends without one, because the
 * tests were killed, it stops the server and removes the files: nothing is left behind.
 */
const KEEPER = `folder="$1"; shift
"$@" & server=$!
if read -r signal; then kill -"$signal" $server; wait $server
else kill -QUIT $server; wait $server; rm -rf -- "$folder"; fi`;

/** What a server is told besides where it listens. */
export type Settings = Readonly<Record<string, string | number>>;

/** Speed over safety: the data is gone after the tests anyway. */
const FAST: Settings = { fsync: "off", full_page_writes: "off", max_connections: "100", shared_buffers: "64MB" };
const HERE: Settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "" };

interface Launch extends Place {
  readonly folder: string;
  readonly settings: Settings;
}

function startServer({ bin, data, user, folder, settings }: Launch): Promise<ChildProcess> {
  const words = Object.entries({ ...HERE, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn("/bin/sh", ["-c", KEEPER, "keeper", folder, join(bin, "postgres"), "-D", data, ...words], {
    ...user,
    cwd: "/",
    // A session of its own: Ctrl-C stops the tests, and they stop the server.
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  const timer = setTimeout(() => reject(new Error(`PostgreSQL did not start:\n${log}`)), START_LIMIT_MS);
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-10_000);
    if (log.includes("is ready to accept connections") || log.includes("system is ready")) resolve(server);
    if (log.includes("database system is shut down")) reject(new Error(`PostgreSQL did not start:\n${log}`));
  });
  server.on("error", reject);
  server.on("exit", () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
  return promise.finally(() => clearTimeout(timer));
}

async function stopServer(server: ChildProcess, signal: StopSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("PostgreSQL did not stop")), STOP_LIMIT_MS);
  server.once("exit", () => resolve());
  server.stdin?.end(`${signal}\n`);
  await promise.finally(() => clearTimeout(timer));
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() =>
      address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("No port")),
    );
  });
  return promise;
}
