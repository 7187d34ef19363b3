import type { Command } from "commander";
import type { AuditOptions } from "./audit.ts";
import { countFrom } from "./count_from.ts";
import type { ExplainOptions } from "./explain.ts";

/** Adds `docket explain`, whose code is loaded when it is called. */
export function addExplain(program: Command): void {
  program
    .command("explain")
    .description(
      "Say why an entity is as it is: each message and what it is to the row now, the field changes, and the jobs with their attempts.",
    )
    .argument("<kind>", "such as user, organization or session")
    .argument("<id>", "Clerk's id")
    .option("--limit <n>", "how many messages (default: 50)", countFrom(1, 200))
    .option("--before <cursor>", "go on from an earlier page, or back from a time such as 2026-01-31T12:00:00Z")
    .option("--url <url>", "where the service runs (default: http://localhost:$PORT)")
    .option("--json", "print one JSON object, for machines")
    .action(async (kind: string, id: string, options: ExplainOptions) => {
      const { explain } = await import("./explain.ts");
      process.exitCode = await explain({ kind, id }, options);
    });
}

/** Adds `docket audit`. */
export function addAudit(program: Command): void {
  program
    .command("audit")
    .description("Show what people did, newest first: retries, cancels, approvals, resumes and replays.")
    .option("--limit <n>", "how many (default: 50)", countFrom(1, 200))
    .option("--before <cursor>", "go on from an earlier page, or back from a time such as 2026-01-31T12:00:00Z")
    .option("--url <url>", "where the service runs (default: http://localhost:$PORT)")
    .option("--json", "print one JSON object per action, for machines")
    .action(async (options: AuditOptions) => {
      const { audit } = await import("./audit.ts");
      process.exitCode = await audit(options);
    });
}
