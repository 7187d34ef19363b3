import { afterAll } from "bun:test";
import fc from "fast-check";
import { cleanUp } from "./cleanup.ts";

/** FC_RUNS raises the search effort; FC_SEED replays a reported failure. */
fc.configureGlobal({
  includeErrorInReport: true,
  numRuns: Number(process.env["FC_RUNS"] ?? 200),
  ...(process.env["FC_SEED"] === undefined ? {} : { seed: Number(process.env["FC_SEED"]) }),
});

/**
 * Servers and databases that tests have shared end here; killed tests are cleaned up after by what they started. So are
 * parallel workers, which would call this after each of their files, and end by being killed.
 */
if (process.env["BUN_TEST_WORKER_ID"] === undefined) afterAll(cleanUp, 30_000);
