import type { Command } from "commander";
import { countFrom } from "./count_from.ts";
import { EMBEDDED } from "./embedded.ts";
import type { ReplayCommandOptions } from "./replay.ts";

/** Adds `docket replay`. Its code is loaded when it is called. */
export function addReplay(program: Command): void {
  program
    .command("replay")
    .description(
      "Run messages of the log again: those that were quarantined, or those chosen. What was set aside and is understood by now takes its place, as if it had been understood when it came.",
    )
    .option("--id <svixId>", "this message; may be repeated", append)
    .option("--type <type>", "only of this event type, such as user.created")
    .option("--since <time>", 'only what was received since, such as 2026-01-31T12:00:00Z or "2 days"')
    .option("--outcome <outcome>", "only with this outcome: applied, stale, ignored, foreign, quarantined")
    .option(
      "--mode <mode>",
      "missing: plan the jobs that should exist by the log and don't (default); state: make the tables what the log says, and plan no job; forced: run the messages' jobs again although they are done",
    )
    .option("--dry-run", "say what would come of it, and change nothing")
    .option("--yes", "don't ask before jobs are run again")
    .option("--config <path>", "the module with the policies (default: DOCKET_CONFIG, else docket.config.ts)")
    .option("--limit <n>", "how many lines to show (default: 100); all are counted", countFrom(1, 100_000))
    .option("--json", "print one JSON object per message, repair and job, then one with the totals, for machines")
    .addHelpText("after", MORE)
    .action(async (options: ReplayCommandOptions) => {
      const { replay } = await import("./replay.ts");
      process.exitCode = await replay(options);
    });
}

function append(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

const MORE = `
Without --id, --type, --since or --outcome it is what is quarantined. Exit code 1 if a message is still not understood.
The policies' maxAge, and the time since when each is on, count from when a message first came, not from now.${EMBEDDED}`;
