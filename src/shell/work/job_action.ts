import { type JobPhase, jobStateOf } from "../../core/mod.ts";

/** What a person may do to a job. */
export const JOB_ACTIONS = ["retry", "cancel", "approve"] as const;
export type JobAction = (typeof JOB_ACTIONS)[number];

/** A job as far as it matters to what may be done to it. */
export interface JudgedJob {
  readonly phase: JobPhase;
  readonly wanted: boolean;
  readonly moot: boolean;
  readonly level: boolean;
  /** The personal data of its entity was erased, and with it what the job was made of. */
  readonly sealed: boolean;
  readonly approval: boolean;
  readonly approved: boolean;
  /** It is put off, to a time that is yet to come. */
  readonly putOff: boolean;
}

/** `Needless`: the job is already as the action would leave it. */
export type Verdict =
  | { readonly _tag: "Allowed" }
  | { readonly _tag: "Needless" }
  /** `reason` says what state the job is in, and what is possible. */
  | { readonly _tag: "Refused"; readonly reason: string };

const ALLOWED: Verdict = { _tag: "Allowed" };
const NEEDLESS: Verdict = { _tag: "Needless" };
const POINTLESS = "it is pointless by now, since its policy's `until` holds";

/** Whether an action makes sense for a job as it is. */
export function judgeAction(action: JobAction, job: JudgedJob): Verdict {
  switch (action) {
    case "retry":
      return judgeRetry(job);
    case "cancel":
      return judgeCancel(job);
    case "approve":
      return judgeApproval(job);
    default:
      return action satisfies never;
  }
}

function judgeRetry(job: JudgedJob): Verdict {
  if (job.phase === "running") return refused(job, "wait until this attempt has ended");
  if (job.phase === "done") return refused(job, "a job that is done is never run again");
  if (!job.wanted) return refused(job, "its policy wants it no longer, so it is not run; it can be cancelled");
  if (job.moot) return refused(job, `${POINTLESS}, so it is not run`);
  if (job.sealed && !job.level) return refused(job, "its payload was erased with its entity's personal data");
  return job.phase === "pending" && !job.putOff ? NEEDLESS : ALLOWED;
}

function judgeCancel(job: JudgedJob): Verdict {
  if (job.phase === "running") return refused(job, "wait until this attempt has ended, then cancel what is left");
  if (job.phase === "done") return refused(job, "nothing of it is left to cancel");
  return job.phase === "cancelled" ? NEEDLESS : ALLOWED;
}

function judgeApproval(job: JudgedJob): Verdict {
  if (!job.approval) return refused(job, "it needs no approval");
  if (job.phase === "dead" || job.phase === "cancelled") return refused(job, "let it go again with retry");
  if (job.phase === "running" || job.phase === "done" || job.approved) return NEEDLESS;
  if (!job.wanted) return refused(job, "its policy wants it no longer; it can be cancelled");
  return job.moot ? refused(job, POINTLESS) : ALLOWED;
}

function refused(job: JudgedJob, why: string): Verdict {
  return { _tag: "Refused", reason: `The job is ${jobStateOf(job)}: ${why}` };
}
