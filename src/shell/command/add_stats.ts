import type { Command } from "commander";
import type { PlaceOptions } from "./jobs.ts";

/** Adds `docket stats`, whose code is loaded when it is called. */
export function addStats(program: Command): void {
  program
    .command("stats")
    .description(
      "Show how the running service stands: what a person must do, the messages of the last hour and day, the jobs, and what is on file.",
    )
    .option("--url <url>", "where the service runs (default: http://localhost:$PORT)")
    .option("--json", "print one JSON object, for machines")
    .action(async (options: PlaceOptions) => {
      const { stats } = await import("./stats.ts");
      process.exitCode = await stats(options);
    });
}
