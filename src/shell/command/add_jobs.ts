import type { Command } from "commander";
import type { ActOptions } from "./act_on_jobs.ts";
import { countFrom } from "./count_from.ts";
import type { JobsOptions, PlaceOptions } from "./jobs.ts";
import type { ResumeOptions } from "./resume.ts";

/** Adds `docket jobs` with its own commands. The code of each is loaded when it is called. */
export function addJobs(program: Command): void {
  const jobs = program.command("jobs").description("Show the jobs of the running service, and act on them.");
  addList(jobs);
  addShow(jobs);
  addAct(jobs, "retry", "Let dead, put off or cancelled jobs go again. Their attempts count from 0.");
  addAct(jobs, "cancel", "Never run jobs that have not started, or are dead. Only `retry` takes it back.");
  addAct(jobs, "approve", "Let jobs go that wait for approval.");
  addResume(jobs);
}

function addList(jobs: Command): void {
  jobs
    .command("list", { isDefault: true })
    .description("List the jobs, the last updated first. `docket jobs` alone does that too.")
    .option(
      "--state <state>",
      "only in this state: planned, running, done, cancelled, withdrawn, regretted, dead; held (waits for approval), stopped (its policy is)",
    )
    .option("--policy <name>", "only of this policy, such as welcome")
    .option("--handler <name>", "only for this handler, such as email")
    .option("--entity <name>", "only of this entity: <kind>/<id>, or an id")
    .option("--limit <n>", "how many (default: 50)", countFrom(1, 200))
    .option("--before <cursor>", "go on from an earlier page, or back from a time such as 2026-01-31T12:00:00Z")
    .option(...URL)
    .option("--json", "print one JSON object per job, for machines")
    .addHelpText("after", MANY)
    .allowExcessArguments()
    .action(async (options: JobsOptions, { args: [word] }: Command) => {
      // What is no command comes here, as `list` is what is meant when none is given.
      if (word !== undefined) jobs.error(`error: unknown command '${word}'. ${COMMANDS}`);
      const { listJobs } = await import("./jobs.ts");
      process.exitCode = await listJobs(options);
    });
}

function addShow(jobs: Command): void {
  jobs
    .command("show")
    .description("Show a job with its payload, its attempts and what holds it up.")
    .argument("<key>", "the job's key, such as welcome/user/user_1")
    .option(...URL)
    .option("--json", "print one JSON object, for machines")
    .action(async (key: string, options: PlaceOptions) => {
      const { showJob } = await import("./jobs.ts");
      process.exitCode = await showJob(key, options);
    });
}

function addAct(jobs: Command, action: "retry" | "cancel" | "approve", description: string): void {
  jobs
    .command(action)
    .description(`${description} Exit code 1 if one of them is refused.`)
    .argument("<keys...>", "the jobs' keys, such as welcome/user/user_1")
    .option(...URL)
    .option("--json", "print one JSON object per job as it is then, for machines")
    .action(async (keys: readonly string[], options: ActOptions) => {
      const { actOnJobs } = await import("./act_on_jobs.ts");
      process.exitCode = await actOnJobs(action, keys, options);
    });
}

function addResume(jobs: Command): void {
  jobs
    .command("resume")
    .description(
      "Let a policy go on that was stopped since too many of its jobs came at once, or a target whose breaker is open.",
    )
    .argument("<name>", "the policy's or the target's name")
    .option("--policy", "it is a policy's name, where a target bears it too")
    .option("--target", "it is a target's name, where a policy bears it too")
    .option(...URL)
    .option("--json", "print one JSON object, for machines")
    .action(async (name: string, options: ResumeOptions) => {
      const { resume } = await import("./resume.ts");
      process.exitCode = await resume(name, options);
    });
}

const URL = ["--url <url>", "where the service runs (default: http://localhost:$PORT)"] as const;

const COMMANDS = "It must be one of list, show, retry, cancel, approve, resume.";

const MANY = `
Many at once, such as all dead ones of a policy:
  docket jobs --state dead --policy welcome --limit 200 --json | jq -r .key | xargs docket jobs retry`;
