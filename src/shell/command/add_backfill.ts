import type { Command } from "commander";
import type { BackfillCommandOptions } from "./backfill.ts";
import { countFrom } from "./count_from.ts";
import { EMBEDDED } from "./embedded.ts";

/** `docket backfill` and its options; its code is loaded when it runs. */
export function addBackfill(program: Command): void {
  program
    .command("backfill")
    .description(
      "Take what Clerk has now into the tables, by its Backend API, with CLERK_SECRET_KEY. Goes on where the last run was stopped; finished kinds are left alone. Webhooks may come meanwhile. Nobody old is welcomed.",
    )
    .argument("[kind...]", "such as user or organization (default: all but sessions and billing)")
    .option("--sessions", "also the sessions: a request for each user")
    .option("--billing", "also subscriptions, their items and payment attempts")
    .option("--restart", "from the beginning, also what is finished")
    .option("--page <n>", "rows asked for at a time (default: 500)", countFrom(1, 500))
    .option("--config <path>", "the module with the policies (default: DOCKET_CONFIG, else docket.config.ts)")
    .option("--json", "print one JSON object per page and per kind, for machines")
    .addHelpText("after", EMBEDDED)
    .action(async (kinds: readonly string[], options: BackfillCommandOptions) => {
      const { backfill } = await import("./backfill.ts");
      process.exitCode = await backfill(kinds, options);
    });
}
