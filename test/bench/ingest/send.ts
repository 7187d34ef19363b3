import { join } from "node:path";
import type { LoadOrder, LoadResult } from "./load.ts";

/** Sends from a process of its own: a generator that shares the server's would be measured with it. */
export async function send(order: LoadOrder): Promise<LoadResult> {
  const result = Promise.withResolvers<LoadResult>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts")], {
    ipc: (message, process) => (message === "ready" ? process.send(order) : result.resolve(message as LoadResult)),
    stderr: "inherit",
  });
  void child.exited.then((code) => result.reject(new Error(`The load generator ended with code ${code}`)));
  return result.promise;
}

/** The same, where a message that is not taken is a fault. */
export async function sendAll(order: LoadOrder): Promise<LoadResult> {
  const result = await send(order);
  const refused = Object.keys(result.statuses).filter((status) => !/^2/.test(status));
  if (refused.length > 0) throw new Error(`Refused messages: ${JSON.stringify(result.statuses)}`);
  return result;
}
