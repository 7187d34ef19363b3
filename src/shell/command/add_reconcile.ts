import type { Command } from "commander";
import { countFrom } from "./count_from.ts";
import { EMBEDDED } from "./embedded.ts";
import type { ReconcileCommandOptions } from "./reconcile.ts";

/** `docket reconcile` and its options; its code is loaded when it runs. */
export function addReconcile(program: Command): void {
  program
    .command("reconcile")
    .description(
      "Compare Clerk with the tables, field by field, by its Backend API, with CLERK_SECRET_KEY. Exit code 1 if they differ, and with --fix if they still do. Shows what people entered.",
    )
    .argument("[kind...]", "such as user or organization (default: all but sessions and billing)")
    .option("--fix", "mend what differs, through the same reducers as webhooks; nobody old is welcomed")
    .option(
      "--sample <n>",
      "ask for so many rows of each kind, chosen by chance, instead of all",
      countFrom(1, 100_000),
    )
    .option("--allow-mass-deletion", "with --fix: also delete more than 20 rows and 20 % of a kind")
    .option("--sessions", "also the sessions: a request for each user")
    .option("--billing", "also subscriptions, their items and payment attempts")
    .option("--limit <n>", "how many differences to show (default: 100); all are counted", countFrom(0, 1_000_000))
    .option("--config <path>", "the module with the policies (default: DOCKET_CONFIG, else docket.config.ts)")
    .option("--json", "print one JSON object per difference and per kind, then one with the totals, for machines")
    .addHelpText("after", EMBEDDED)
    .action(async (kinds: readonly string[], options: ReconcileCommandOptions) => {
      const { reconcile } = await import("./reconcile.ts");
      process.exitCode = await reconcile(kinds, options);
    });
}
