import { join } from "node:path";
import { INSTANCE_ID } from "./histories.ts";
import { SECRET, type Service } from "./service.ts";

/** A real `docket serve`, in a process of its own. */
export interface ServeProcess extends Service {
  readonly pid: number;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<unknown>;
  /** Sends the signal, and gives the exit code; null if it was killed. */
  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null>;
  /** What it wrote so far. */
  output(): string;
}

export interface ServeOptions {
  readonly environment: Readonly<Record<string, string>>;
}

const START_LIMIT_MS = 30_000;
const MAIN = join(import.meta.dir, "../../src/shell/main.ts");

/** Runs a command to its end. */
export async function runCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = Bun.spawn([process.execPath, MAIN, ...command.split(" ")], {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/tmp", ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, output: out + errors };
}

/** Starts the service as a user would, on a free port, and waits until it listens. */
export async function startProcess({ environment }: ServeOptions): Promise<ServeProcess> {
  const child = Bun.spawn([process.execPath, MAIN, "serve"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/tmp",
      PORT: "0",
      HOST: "127.0.0.1",
      CLERK_WEBHOOK_SIGNING_SECRET: SECRET,
      DOCKET_INSTANCE_IDS: INSTANCE_ID,
      ...environment,
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  let text = "";
  const listening = Promise.withResolvers<string>();
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      const url = text.match(/Docket is up on (http:\S+)/)?.[1];
      if (url !== undefined) listening.resolve(url);
    }
  };
  void read(child.stdout);
  void read(child.stderr);
  void child.exited.then((code) => listening.reject(new Error(`docket serve ended with ${code}: ${text}`)));
  const late = setTimeout(() => listening.reject(new Error(`docket serve did not start: ${text}`)), START_LIMIT_MS);
  const url = await listening.promise.finally(() => clearTimeout(late));
  const signal: ServeProcess["signal"] = async (name) => {
    child.kill(name);
    await child.exited;
    return child.exitCode;
  };
  return {
    url,
    pid: child.pid,
    ended: child.exited,
    signal,
    output: () => text,
    stop: async () => {
      if (child.exitCode === null) await signal("SIGKILL");
    },
  };
}
