import type { Command } from "commander";
import { countFrom } from "./count_from.ts";
import { EMBEDDED } from "./embedded.ts";
import type { RebuildCommandOptions } from "./rebuild.ts";

/** Adds `docket rebuild`. Its code is loaded when it is called. */
export function addRebuild(program: Command): void {
  program
    .command("rebuild")
    .description(
      "Make the tables anew from the log in a side schema, and show what differs. With --swap, put it in its place in one transaction; no job is planned or run. Exit code 1 if something differs and was not swapped.",
    )
    .option("--swap", "put what was made in the place of what differs")
    .option("--keep", "leave the side schema docket_rebuild there, to be looked at")
    .option("--hold <seconds>", "how long the swap may hold its locks (default: 20)", countFrom(1, 3_600))
    .option("--limit <n>", "how many differences to show (default: 100)", countFrom(1, 100_000))
    .option("--json", "print one JSON object per difference, then one with the totals, for machines")
    .addHelpText("after", EMBEDDED)
    .action(async (options: RebuildCommandOptions) => {
      const { rebuild } = await import("./rebuild.ts");
      process.exitCode = await rebuild(options);
    });
}
