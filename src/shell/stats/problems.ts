import { describeFindings } from "../silence/finding.ts";
import {
  BREAKER_ADVICE,
  CLERK_ADVICE,
  DEAD_ADVICE,
  DRIFT_ADVICE,
  FAULTS_ADVICE,
  HELD_ADVICE,
  named,
  OVERDUE_ADVICE,
  QUARANTINED_ADVICE,
  SILENCE_ADVICE,
  STOPPED_ADVICE,
  UNWATCHED_ADVICE,
} from "./advice.ts";
import type { JobCounts } from "./count_jobs.ts";
import type { Facts } from "./facts.ts";

/** What a person must do something about. */
export interface Problem {
  readonly code:
    | "source_silent"
    | "dead_letters"
    | "policies_stopped"
    | "breakers_open"
    | "jobs_overdue"
    | "policy_faults"
    | "quarantined"
    | "unwatched"
    | "clerk_unreachable"
    | "jobs_held"
    | "drift";
  /** With a notice all is well: somebody is asked something, or may want to know. */
  readonly severity: "error" | "warning" | "notice";
  /** What is so. */
  readonly message: string;
  /** What to do. */
  readonly action: string;
}

/** A job that is due is taken within a second, where a worker has room. */
const OVERDUE_SECONDS = 300;
/** The watch looks once a minute, or more often. */
const UNWATCHED_MS = 300_000;

/** All that needs a person, the most urgent first. */
export function problemsOf(facts: Facts, jobs: JobCounts, { nowMs }: { readonly nowMs: number }): readonly Problem[] {
  const found: readonly (Problem | false)[] = [
    ...sourceProblems(facts),
    facts.dead.length > 0 && {
      code: "dead_letters",
      severity: "error",
      message: `${some(jobs.dead, "job was", "jobs were")} given up: ${named(facts.dead.map(({ policy, jobs }) => `${jobs} of ${policy}`))}`,
      action: DEAD_ADVICE,
    },
    facts.stopped.length > 0 && {
      code: "policies_stopped",
      severity: "error",
      message: `Stopped, since too many of their jobs came at once: ${named(facts.stopped)}`,
      action: STOPPED_ADVICE,
    },
    facts.breakers.length > 0 && {
      code: "breakers_open",
      severity: "error",
      message: `Failing, and left alone: ${named(facts.breakers)}`,
      action: BREAKER_ADVICE,
    },
    // Jobs that a breaker or a stop holds up are overdue for a reason that is said already.
    jobs.oldestDueSeconds > OVERDUE_SECONDS &&
      facts.stopped.length === 0 &&
      facts.breakers.length === 0 && {
        code: "jobs_overdue",
        severity: "error",
        message: `The oldest due job has waited for ${minutes(jobs.oldestDueSeconds)} to be taken`,
        action: OVERDUE_ADVICE,
      },
    facts.faults.length > 0 && {
      code: "policy_faults",
      severity: "error",
      message: `Threw, and did not plan all they should: ${named(facts.faults)}`,
      action: FAULTS_ADVICE,
    },
    facts.quarantined > 0 && {
      code: "quarantined",
      severity: "warning",
      message: `${some(facts.quarantined, "message", "messages")} on file that could not be understood`,
      action: QUARANTINED_ADVICE,
    },
    ...watchProblems(facts, nowMs),
    jobs.held > 0 && {
      code: "jobs_held",
      severity: "notice",
      message: `${some(jobs.held, "job waits", "jobs wait")} for a person's approval`,
      action: HELD_ADVICE,
    },
    facts.drift > 0 && {
      code: "drift",
      severity: "notice",
      message: `${some(facts.drift, "event type or field", "event types and fields")} of Clerk's that this Docket does not know`,
      action: DRIFT_ADVICE,
    },
  ];
  return found.filter((problem) => problem !== false);
}

function sourceProblems({ silence }: Facts): readonly Problem[] {
  if (silence === null || silence.silentSinceMs === null) return [];
  const since = new Date(silence.silentSinceMs).toISOString();
  const message = `Clerk's webhooks are silent since ${since}: ${describeFindings(silence.findings)}`;
  return [{ code: "source_silent", severity: "error", message, action: SILENCE_ADVICE }];
}

function watchProblems({ silence }: Facts, nowMs: number): readonly Problem[] {
  if (silence === null || silence.checkedAtMs === null) return [];
  if (nowMs - silence.checkedAtMs > UNWATCHED_MS) {
    const since = new Date(silence.checkedAtMs).toISOString();
    const message = `Nobody watches whether Clerk's webhooks come, since ${since}`;
    return [{ code: "unwatched", severity: "warning", message, action: UNWATCHED_ADVICE }];
  }
  if (silence.clerkError === null) return [];
  const message = `Clerk cannot be asked for its newest change: ${silence.clerkError}`;
  return [{ code: "clerk_unreachable", severity: "warning", message, action: CLERK_ADVICE }];
}

function some(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function minutes(seconds: number): string {
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
