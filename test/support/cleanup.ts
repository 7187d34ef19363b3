/** Work to be done once, after the last test of the process. */
const cleanups: (() => Promise<void>)[] = [];

/** Calls `cleanup` after the last test of this process. */
export function onRunEnd(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

/** For the preload only. */
export async function cleanUp(): Promise<void> {
  // Last first: a client is closed before its server.
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}
