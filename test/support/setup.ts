import fc from "fast-check";

/** FC_RUNS raises the search effort; FC_SEED replays a reported failure. */
fc.configureGlobal({
  numRuns: Number(process.env["FC_RUNS"] ?? 200),
  ...(process.env["FC_SEED"] === undefined ? {} : { seed: Number(process.env["FC_SEED"]) }),
});
