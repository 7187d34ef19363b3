import type { Effect } from "effect";
import { sql } from "kysely";
import type { EntityRef, Json, Until } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import type { Tx } from "../store/sql.ts";
import { readOnly } from "../verify/read_only.ts";
import { UNMET } from "../work/conditions.ts";
import { isKey } from "./query.ts";
import { type ReadError, reading } from "./read_error.ts";
import { JOB_ITEM, type JobItem } from "./read_jobs.ts";
import { BREAKER_ITEM, type BreakerItem } from "./read_stops.ts";

/** One attempt at a job. */
export interface AttemptItem {
  readonly number: number;
  readonly startedAt: Date;
  /** Null: it is under way, or its process ended without a word and nobody has noticed yet. */
  readonly endedAt: Date | null;
  readonly outcome: "done" | "failed" | "dead" | "lost" | "released" | null;
  readonly error: string | null;
}

/** A job with all that is known about it. */
export interface JobDetail extends JobItem {
  readonly phase: string;
  readonly wanted: boolean;
  readonly moot: boolean;
  readonly payload: Json;
  readonly until: Until;
  readonly needs: readonly EntityRef[];
  /** Those of its needs that are not on file. */
  readonly unmet: readonly EntityRef[];
  /** A worker has it until then, if it says nothing more. */
  readonly leaseUntil: Date | null;
  /** The newest ones, newest first. */
  readonly attemptLog: readonly AttemptItem[];
  /** Breakers of its handler that are open. */
  readonly breakers: readonly BreakerItem[];
  /** Null: its policy is not stopped. */
  readonly policyStop: { readonly stoppedAt: Date; readonly reason: string } | null;
  /** What people did to it, newest first. */
  readonly audit: readonly { readonly at: Date; readonly action: string; readonly actor: string }[];
}

const ATTEMPTS_SHOWN_MAX = 100;
const AUDIT_SHOWN_MAX = 20;

/** One job, as of one moment. Null: there is none of this key. */
export function findJob(key: string): Effect.Effect<JobDetail | null, ReadError, Database> {
  return reading(async (db) => {
    if (!isKey(key)) return null;
    return readOnly(db, async (tx) => {
      const job = await readJob(tx, key);
      if (job === null) return null;
      return {
        ...job,
        attemptLog: await readAttempts(tx, key),
        breakers: await readBreakers(tx, job.handler),
        policyStop: await readStop(tx, job.policy),
        audit: await readAudit(tx, key),
      };
    });
  });
}

type JobRow = Omit<JobDetail, "attemptLog" | "breakers" | "policyStop" | "audit">;

async function readJob(tx: Tx, key: string): Promise<JobRow | null> {
  const { rows } = await sql<JobRow>`
    select ${JOB_ITEM}, j.phase, j.wanted, j.moot, j.payload, j.until, j.needs, j.lease_until as "leaseUntil",
      coalesce(${UNMET}, '[]') as unmet
    from docket.job j where j.key = ${key}`.execute(tx);
  return rows[0] ?? null;
}

async function readAttempts(tx: Tx, key: string): Promise<readonly AttemptItem[]> {
  const { rows } = await sql<AttemptItem>`
    select number, started_at as "startedAt", ended_at as "endedAt", outcome, error
    from docket.attempt where key = ${key} order by id desc limit ${ATTEMPTS_SHOWN_MAX}`.execute(tx);
  return rows;
}

async function readBreakers(tx: Tx, handler: string): Promise<readonly BreakerItem[]> {
  const { rows } = await sql<BreakerItem>`
    select ${BREAKER_ITEM} from docket.breaker b
    where b.handler = ${handler} and b.opened_at is not null order by b.target`.execute(tx);
  return rows;
}

async function readStop(tx: Tx, policy: string): Promise<JobDetail["policyStop"]> {
  const { rows } = await sql<NonNullable<JobDetail["policyStop"]>>`
    select stopped_at as "stoppedAt", reason from docket.policy_stop
    where policy = ${policy} and stopped_at is not null`.execute(tx);
  return rows[0] ?? null;
}

/** Not what was done to a target that happens to be named like it. */
async function readAudit(tx: Tx, key: string): Promise<JobDetail["audit"]> {
  const { rows } = await sql<JobDetail["audit"][number]>`
    select at, action, actor from docket.audit
    where subject = ${key} and action <> 'resume' order by id desc limit ${AUDIT_SHOWN_MAX}`.execute(tx);
  return rows;
}
