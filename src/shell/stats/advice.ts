/** What a person is to do, in the same words wherever it is said. */

/** The endpoint first: what was missed can be fetched once webhooks come again. */
export const SILENCE_ADVICE =
  "In Clerk's Dashboard > Webhooks look whether your endpoint is enabled (Svix disables one that failed for five days), has the URL of this Docket, subscribes to all events, and shows failed messages; and whether its signing secret is in CLERK_WEBHOOK_SIGNING_SECRET. Then fetch what was missed: `docket reconcile --fix`";

export const UNWATCHED_ADVICE = "Start Docket, with DOCKET_ROLE all or worker, and look at its log";

export const CLERK_ADVICE = "Correct CLERK_SECRET_KEY or CLERK_API_URL, then restart Docket";

export const DEAD_ADVICE =
  "`docket jobs --state dead` lists them with their errors; once the cause is mended, `docket jobs retry <key>`";

export const STOPPED_ADVICE = "Look at `docket jobs`, then let it go on with `docket jobs resume <policy>`";

export const BREAKER_ADVICE = "Mend what fails: a probe notices, or `docket jobs resume <target>` goes on at once";

export const QUARANTINED_ADVICE =
  "`docket events --outcome quarantined` lists them, `docket events <svix-id>` says why; once they can be read, `docket replay`";

export const OVERDUE_ADVICE =
  "See that a Docket with DOCKET_ROLE all or worker runs and is not at its limit; `docket jobs` says what the jobs wait for";

export const FAULTS_ADVICE =
  "Mend the policy in docket.config.ts and restart; `docket.plan_fault` has what it threw, and `docket replay` plans what is missing";

export const HELD_ADVICE =
  "`docket jobs --state held` lists them; `docket jobs approve <key>` lets one go, `docket jobs cancel <key>` stops it";

export const DRIFT_ADVICE =
  "`GET /v1/drift` names them. Nothing is lost: all of it is in the log. Update Docket to have it in the tables, or leave it";

const NAMED_MAX = 5;

/** The first few names, and how many more there are. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_MAX).join(", ");
  return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown;
}
