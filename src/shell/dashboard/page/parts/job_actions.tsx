import type { JSX } from "preact";
import { refreshStats } from "../stats.ts";
import type { Act, Job } from "../wire.ts";
import { ActionButton } from "./action_button.tsx";

interface JobActionsProps {
  readonly job: Pick<Job, "key" | "state" | "waitsFor">;
  readonly onDone: (job: Job) => void;
}

/** What a person may do to a job, as it is. The service judges, and says why not. */
export function JobActions({ job, onDone }: JobActionsProps): JSX.Element | null {
  const { key, state, waitsFor } = job;
  const path = (action: string): string => `/jobs/${encodeURIComponent(key)}/${action}`;
  const after = (answer: Act): void => {
    if ("job" in answer) onDone(answer.job);
    void refreshStats();
  };
  const isPlanned = state === "planned";
  const canRetry =
    state === "dead" || state === "cancelled" || (isPlanned && (waitsFor === "retry" || waitsFor === "needs"));
  if (!isPlanned && !canRetry) return null;
  return (
    <>
      {waitsFor === "approval" ? (
        <ActionButton<Act>
          label="Approve"
          kind="primary"
          of={key}
          path={path("approve")}
          done={said("Approved: it may run", "It was approved already")}
          onDone={after}
        />
      ) : null}
      {canRetry ? (
        <ActionButton<Act>
          label="Retry"
          kind="primary"
          of={key}
          path={path("retry")}
          done={said("It is let go again", "It is due already")}
          onDone={after}
        />
      ) : null}
      {isPlanned || state === "dead" ? (
        <ActionButton<Act>
          label="Cancel"
          of={key}
          path={path("cancel")}
          sure={{ ...SURE, text: `${key} will never run, unless somebody lets it go again with Retry.` }}
          done={said("Cancelled: it will not run", "It was cancelled already")}
          onDone={after}
        />
      ) : null}
    </>
  );
}

const SURE = { title: "Cancel this job?", action: "Cancel the job" };

function said(done: string, needless: string): (answer: Act) => string {
  return ({ changed }) => (changed ? done : needless);
}
