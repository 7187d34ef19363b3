import { afterEach } from "bun:test";
import { openTestDatabase, type TestDatabase } from "./databases.ts";
import { type ServeProcess, startProcess } from "./process.ts";

/** Processes and databases of a test's own, ended after it, the last one first. */
export interface OwnProcesses {
  start(environment: Readonly<Record<string, string>>): Promise<ServeProcess>;
  openPostgres(): Promise<TestDatabase & { readonly url: string }>;
  /** Done after the test as well. */
  defer(cleanup: () => Promise<unknown>): void;
}

/** For a file's own tests, which it hooks itself into. What is left of a test gets this long to end. */
export function ownProcesses(limitMs: number): OwnProcesses {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  }, limitMs);
  return {
    start: async (environment) => {
      const running = await startProcess({ environment });
      cleanups.push(() => running.stop());
      return running;
    },
    openPostgres: async () => {
      const database = await openTestDatabase("postgres");
      cleanups.push(() => database.close());
      return { ...database, url: database.url ?? "" };
    },
    defer: (cleanup) => {
      cleanups.push(cleanup);
    },
  };
}
