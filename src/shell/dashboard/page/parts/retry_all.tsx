import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../ask.ts";
import { refreshStats } from "../stats.ts";
import type { Job } from "../wire.ts";
import { plural } from "../words.ts";
import { announce } from "./announcer.tsx";
import { confirm } from "./confirm.tsx";

interface RetryAllProps {
  readonly jobs: readonly Job[];
  readonly onDone: () => void;
}

/** Lets all jobs go again that are shown, one after the other. */
export function RetryAll({ jobs, onDone }: RetryAllProps): JSX.Element {
  const [done, setDone] = useState<number | null>(null);
  const retry = async (): Promise<void> => {
    const sure = {
      title: `Retry ${plural(jobs.length, "job")}?`,
      text: "All that are listed here are due at once.",
      action: "Retry them",
    };
    if (!(await confirm(sure))) return;
    let refused = 0;
    for (const [index, { key }] of jobs.entries()) {
      setDone(index);
      await ask(`/jobs/${encodeURIComponent(key)}/retry`, { method: "POST" }).catch(() => {
        refused += 1;
      });
    }
    setDone(null);
    const again = plural(jobs.length - refused, "job");
    announce(refused === 0 ? `${again} let go again` : `${again} let go again, ${refused} refused`, {
      isBad: refused > 0,
    });
    onDone();
    void refreshStats();
  };
  return (
    <button type="button" disabled={done !== null} onClick={() => void retry()}>
      {done === null ? "Retry all shown" : `${done} of ${jobs.length} …`}
    </button>
  );
}
