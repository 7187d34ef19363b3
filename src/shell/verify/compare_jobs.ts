import { type JobOnFile, type Json, type Policy, untilHolds, type WantedJob } from "../../core/mod.ts";
import { cleanJson } from "../tables/mod.ts";
import { compareRows, type Difference, type Fields } from "./difference.ts";
import { type Folded, headOf } from "./fold.ts";
import { timeText } from "./table_rows.ts";
import type { Wants } from "./wanted.ts";

/** Compares the jobs of an entity with those that its chain wants. Jobs of other policies are left alone. */
export function compareJobs(
  folded: Folded,
  { wants, jobs }: { readonly wants: readonly Wants[]; readonly jobs: readonly JobOnFile[] },
): readonly Difference[] {
  return wants.flatMap((want) => {
    if (want.unsaid.includes("")) return [];
    const isSaid = (job: WantedJob): boolean => !want.unsaid.includes(job.intent);
    const recorded = jobs.filter(({ job }) => job.policy === want.policy.name && isSaid(job));
    const inTable = new Map(recorded.filter(({ wanted }) => wanted).map((entry) => [entry.job.key, entry]));
    const keys = new Set([...inTable.keys(), ...want.jobs.map(({ key }) => key)]);
    return [...keys].flatMap((row) => {
      const entry = inTable.get(row);
      const wanted = want.jobs.find(({ key }) => key === row);
      return compareRows(
        { table: "docket.job", row },
        {
          inTable: entry === undefined ? null : jobFields(entry.job, entry.moot),
          fromLog: wanted === undefined ? null : expected(wanted, { entry, folded }),
        },
      );
    });
  });
}

/** What a job began with stays once it has begun. */
function expected(
  job: WantedJob,
  { entry, folded }: { readonly entry: JobOnFile | undefined; readonly folded: Folded },
): Fields {
  if (entry !== undefined && entry.phase !== "pending") return {};
  return jobFields({ ...job, payload: cleanJson(job.payload) }, untilHolds(job.until, headOf(folded)));
}

function jobFields(job: WantedJob, moot: boolean): Fields {
  return {
    intent: job.intent,
    version: job.asOfMs,
    svix_id: job.svixId,
    handler: job.handler,
    payload: job.payload,
    start_at: timeText(job.startAtMs),
    until: job.until as Json,
    needs: job.needs.map(({ kind, id }) => ({ kind, id })),
    approval: job.approval,
    moot,
  };
}

/** True for policies whose jobs are compared, for counting. */
export function isCompared({ job }: JobOnFile, policies: readonly Policy[]): boolean {
  return policies.some(({ name, options }) => name === job.policy && options.kind === job.ref.kind);
}
