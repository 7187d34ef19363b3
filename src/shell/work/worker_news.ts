import type { ClaimedJob } from "./claim_jobs.ts";
import type { Outcome } from "./settle_jobs.ts";

/** What operators want to hear of. */
export type WorkerNews =
  | { readonly _tag: "JobFailed"; readonly job: ClaimedJob; readonly outcome: Outcome }
  | { readonly _tag: "JobsLost"; readonly jobs: number }
  | { readonly _tag: "BreakerOpened"; readonly target: string }
  | { readonly _tag: "BreakerClosed"; readonly target: string }
  | { readonly _tag: "PolicyStopped"; readonly policy: string }
  | { readonly _tag: "WorkFailed"; readonly cause: unknown };

/** Hears of it. Must not throw. */
export type Report = (news: WorkerNews) => void;
