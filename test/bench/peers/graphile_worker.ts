import { INSERT_EFFECT } from "../contestant.ts";
import { measure } from "../measure.ts";
import { importPeer } from "../peer_packages.ts";

interface Helpers {
  query(text: string, values: readonly unknown[]): Promise<unknown>;
}

interface RunnerOptions {
  readonly connectionString: string;
  readonly concurrency: number;
  readonly noHandleSignals: boolean;
  readonly pollInterval: number;
  readonly taskList: Readonly<Record<string, (payload: { readonly key: string }, helpers: Helpers) => Promise<void>>>;
}

interface Runner {
  addJob(task: string, payload: object): Promise<unknown>;
  stop(): Promise<void>;
}

interface GraphileWorkerPackage {
  run(options: RunnerOptions): Promise<Runner>;
}

const TASK = "effect";
let url = "";
let runner: Runner;

/** As its quickstart for library mode has it. Its tasks have a connection of its pool by `helpers`. */
export async function start(databaseUrl: string): Promise<void> {
  url = databaseUrl;
  const worker = await importPeer<GraphileWorkerPackage>("graphile-worker");
  runner = await worker.run({
    connectionString: url,
    concurrency: 5,
    noHandleSignals: false,
    pollInterval: 1000,
    taskList: {
      [TASK]: async ({ key }, helpers) => {
        await helpers.query(INSERT_EFFECT, [key]);
      },
    },
  });
}

export function run(events: number): Promise<number> {
  return measure(url, { events, send: (key) => runner.addJob(TASK, { key }) });
}

export function stop(): Promise<void> {
  return runner.stop();
}
