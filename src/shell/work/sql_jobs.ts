import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { sqlState } from "../database/sql_state.ts";
import { callFunction, functionOf } from "./call_function.ts";
import type { ClaimedJob } from "./claim_jobs.ts";
import type { Now } from "./now.ts";
import { failed } from "./run_job.ts";
import { type Outcome, settleJobs } from "./settle_jobs.ts";

/** Another run has one of the jobs by now: what was done for them must be undone. */
class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

export interface SqlJobsOptions {
  readonly now: Now;
  readonly attemptsMax: number;
}

/**
 * Calls the function that each payload names, as `function(payload jsonb, key text)`, in the transaction that says that
 * the job is done: so what the function writes is there exactly once, whatever ends this process and when. Those
 * that name one function are called together; if one of them fails, each goes alone.
 *
 * @returns What became of those that are not settled yet: they failed.
 */
export async function runSqlJobs(
  db: Kysely<DocketDatabase>,
  jobs: readonly ClaimedJob[],
  options: SqlJobsOptions,
): Promise<ReadonlyMap<ClaimedJob, Outcome>> {
  const outcomes = new Map<ClaimedJob, Outcome>();
  const byFunction = new Map<string, ClaimedJob[]>();
  for (const job of jobs) {
    const name = functionOf(job.payload);
    if (name === null) outcomes.set(job, { _tag: "Dead", error: NO_FUNCTION, exhausted: false });
    else byFunction.set(name, [...(byFunction.get(name) ?? []), job]);
  }
  for (const [name, together] of byFunction) {
    const isDone = together.length > 1 && (await callAll(db, name, { jobs: together, ...options }).then(...YES_OR_NO));
    for (const job of isDone ? [] : together) {
      try {
        await callAll(db, name, { jobs: [job], ...options });
      } catch (cause) {
        if (!(cause instanceof LeaseLost)) outcomes.set(job, failed(job, errorOf(name, cause), options.attemptsMax));
      }
    }
  }
  return outcomes;
}

const YES_OR_NO = [() => true, () => false] as const;

async function callAll(
  db: Kysely<DocketDatabase>,
  name: string,
  { jobs, now }: SqlJobsOptions & { readonly jobs: readonly ClaimedJob[] },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await callFunction(tx, name, jobs);
    const settled = await settleJobs(
      tx,
      jobs.map((job) => ({ job, outcome: { _tag: "Done" } })),
      now,
    );
    if (settled.size < jobs.length) throw new LeaseLost("another run has the job by now");
  });
}

const NO_FUNCTION =
  'the payload names no function: give the policy `extra: { function: "schema.name" }`, or a payload with `function`';

function errorOf(name: string, cause: unknown): string {
  const code = sqlState(cause);
  const message = cause instanceof Error ? cause.message : "unknown fault";
  if (code === undefined) return `${name} could not be called: ${message}`;
  // What the database says of data repeats it; what a function raises, and what it lacks, is its author's to say.
  return /^(P0|42)/.test(code) ? `${name} failed: ${message} (SQLSTATE ${code})` : `${name} failed: SQLSTATE ${code}`;
}
