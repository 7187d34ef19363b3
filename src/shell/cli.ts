import { Command, CommanderError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { addBackfill } from "./command/add_backfill.ts";
import { addAudit, addExplain } from "./command/add_explain.ts";
import { addJobs } from "./command/add_jobs.ts";
import { addRebuild } from "./command/add_rebuild.ts";
import { addReconcile } from "./command/add_reconcile.ts";
import { addReplay } from "./command/add_replay.ts";
import { addStats } from "./command/add_stats.ts";
import { countFrom } from "./command/count_from.ts";
import type { DoctorOptions } from "./command/doctor.ts";
import { EMBEDDED } from "./command/embedded.ts";
import type { EntityOptions } from "./command/entity.ts";
import type { EventsOptions } from "./command/events.ts";
import type { MigrateCommandOptions } from "./command/migrate.ts";
import type { PreviewCommandOptions } from "./command/preview.ts";
import type { TriggerOptions } from "./command/trigger_options.ts";
import { UsageError } from "./command/usage_error.ts";
import type { VerifyCommandOptions } from "./command/verify.ts";

/**
 * Reads the command line and runs the command. Ends the process with a code other than 0 if the command was wrong or
 * failed; `serve` alone goes on running. Each command's code is loaded when it is called, so that `trigger` starts
 * without the database and the server.
 */
export async function runCli(args: readonly string[]): Promise<void> {
  try {
    await makeProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The commands and their options; nothing runs. */
export function makeProgram(): Command {
  const program = new Command("docket")
    .description("Clerk's webhooks in, a true Postgres mirror out.")
    .version(packageJson.version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError("Run `docket --help` for the commands, `docket <command> --help` for the options of one.");
  addServe(program);
  addMigrate(program);
  addTrigger(program);
  addEvents(program);
  addEntity(program);
  addExplain(program);
  addJobs(program);
  addAudit(program);
  addStats(program);
  addBackfill(program);
  addReconcile(program);
  addVerify(program);
  addReplay(program);
  addRebuild(program);
  addPreview(program);
  addDoctor(program);
  return program;
}

function addServe(program: Command): void {
  program
    .command("serve")
    .description("Bring the schema up to date, then receive webhooks until told to stop.")
    .action(async () => {
      const { serve } = await import("./serve.ts");
      await serve();
    });
}

function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("Bring the database's schema up to date. `serve` does that too.")
    .option("--status", "only say which migrations have run; exit code 1 if one has not")
    .option("--json", "print one JSON object, for machines")
    .action(async (options: MigrateCommandOptions) => {
      const { migrate } = await import("./command/migrate.ts");
      process.exitCode = await migrate(options);
    });
}

function addTrigger(program: Command): void {
  program
    .command("trigger")
    .description("Make realistic signed events and send them to a Docket, as Clerk would.")
    .argument("[type]", "event type, such as user.created; unless --scenario is given")
    .option(
      "--scenario <name>",
      "a whole story: life (all event types), sign-up, organization, invitation, billing, deletion",
    )
    .addOption(
      new Option("--set <path=value>", "change the event, such as data.first_name=Zoe; may be repeated")
        .argParser(append)
        .default([], "none"),
    )
    .option("--count <n>", "that many events, each of its own entity", countFrom(1, 200_000), 1)
    .addOption(
      new Option("--duplicate [n]", "send each message n times more, with the same id (1 if no number is given)")
        .argParser(countFrom(0, 1_000))
        .preset("1"),
    )
    .option("--shuffle", "send in an order made by chance (of the seed, if one is given)")
    .option("--seed <text>", "make the same ids, names and times each time")
    .option(
      "--at <time>",
      "when it happens: now, or a time such as 2026-01-31T12:00:00Z (default: now; fixed with --seed)",
    )
    .option("--url <url>", "where to (default: http://localhost:$PORT/webhooks/clerk)")
    .option(
      "--secret <whsec>",
      "sign with this (default: first of CLERK_WEBHOOK_SIGNING_SECRET, else the development secret)",
    )
    .option("--concurrency <n>", "messages under way at once (default: 8; 1 for a scenario in order)", countFrom(1, 64))
    .option("--json", "print one JSON object per message, for machines")
    .action(async (type: string | undefined, options: TriggerOptions) => {
      const { trigger } = await import("./command/trigger.ts");
      process.exitCode = await trigger(type, options);
    });
}

function addEvents(program: Command): void {
  program
    .command("events")
    .description("Show the log of the running service, newest first, or one message with its payload.")
    .argument("[svixId]", "the message's id")
    .option("--type <type>", "only of this event type, such as user.created")
    .option("--entity <name>", "only of this entity: <kind>/<id>, or an id")
    .option("--outcome <outcome>", "only with this outcome: applied, stale, ignored, foreign, quarantined")
    .option("--limit <n>", "how many (default: 50)", countFrom(1, 200))
    .option("--before <cursor>", "go on from an earlier page, or back from a time such as 2026-01-31T12:00:00Z")
    .option("--url <url>", "where the service runs (default: http://localhost:$PORT)")
    .option("--json", "print one JSON object per event, for machines")
    .action(async (svixId: string | undefined, options: EventsOptions) => {
      const { events } = await import("./command/events.ts");
      process.exitCode = await events(svixId, options);
    });
}

function addEntity(program: Command): void {
  program
    .command("entity")
    .description("Show rows of the running service: a kind's, newest first, or one.")
    .argument("<kind>", "such as user, organization or session")
    .argument("[id]", "Clerk's id")
    .option("--fetch", "one that is not on file: from Clerk, through the reducers")
    .option("--wait <seconds>", "one that is not on file: wait until it comes, after --fetch", countFrom(1, 30))
    .option("--at <time>", "one as it was then, such as 2026-01-31T12:00:00Z")
    .option("--limit <n>", "how many (default: 50)", countFrom(1, 200))
    .option("--before <cursor>", "go on from an earlier page")
    .option("--url <url>", "where the service runs (default: http://localhost:$PORT)")
    .option("--json", "print one JSON object per row, for machines")
    .action(async (kind: string, id: string | undefined, options: EntityOptions) => {
      const { entity } = await import("./command/entity.ts");
      process.exitCode = await entity({ kind, id }, options);
    });
}

function addVerify(program: Command): void {
  program
    .command("verify")
    .description(
      "Make rows, jobs and change log anew from the log, and compare them with the tables. Exit code 1 if they differ. Reads the database itself, with the settings and the config that the service runs with; writes nothing.",
    )
    .option("--config <path>", "the module with the policies (default: DOCKET_CONFIG, else docket.config.ts)")
    .option("--limit <n>", "how many differences to show (default: 100)", countFrom(1, 100_000))
    .option("--json", "print one JSON object per difference, then one with the totals, for machines")
    .addHelpText("after", EMBEDDED)
    .action(async (options: VerifyCommandOptions) => {
      const { verify } = await import("./command/verify.ts");
      process.exitCode = await verify(options);
    });
}

function addPreview(program: Command): void {
  program
    .command("preview")
    .description(
      "Run the policies of a config over the log, and list the jobs that they would have planned, had they always been on. Nothing is planned or written.",
    )
    .option("--config <path>", "the module with the policies (default: DOCKET_CONFIG, else docket.config.ts)")
    .option("--policy <name>", "only this one")
    .option("--past", "also for what was received long after it happened, whatever the policies' maxAge")
    .option("--limit <n>", "how many jobs to show (default: 50); all are counted", countFrom(1, 10_000))
    .option("--json", "print one JSON object per job and fault, then one with the totals, for machines")
    .addHelpText("after", EMBEDDED)
    .action(async (options: PreviewCommandOptions) => {
      const { preview } = await import("./command/preview.ts");
      process.exitCode = await preview(options);
    });
}

function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("Check settings, secret, database, clock and endpoint, and say what to do.")
    .option("--json", "print one JSON object, for machines")
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import("./command/doctor.ts");
      process.exitCode = await doctor(options);
    });
}

function append(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Prints what went wrong, once, and gives the exit code. */
function report(error: unknown): number {
  // Commander has printed help, version or its own message by then.
  if (error instanceof CommanderError) return error.exitCode;
  const message = error instanceof Error ? error.message : String(error);
  console.error(`docket: ${message}`);
  if (!(error instanceof UsageError) && !isTagged(error) && process.env["LOG_LEVEL"] === "debug") console.error(error);
  return 1;
}

/** True for the errors of ours whose message says all: those of settings and of the database. */
function isTagged(error: unknown): boolean {
  return typeof error === "object" && error !== null && "_tag" in error;
}
