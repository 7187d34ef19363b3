import { type Kysely, sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "../store/sql.ts";
import type { ClaimedJob } from "./claim_jobs.ts";
import { leaveSeals } from "./leave_seals.ts";
import type { Now } from "./now.ts";
import { RENEWED } from "./renewed.ts";

export interface RenewOptions {
  readonly leaseMs: number;
  readonly now: Now;
}

/** Says that these jobs are still under way here. */
export async function renewLeases(
  db: Kysely<DocketDatabase>,
  jobs: readonly ClaimedJob[],
  { leaseMs, now }: RenewOptions,
): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map(({ key, run }) => ({ key, run }));
  await sql`
    update docket.job j set lease_until = ${now()} + ${leaseMs}::integer * interval '1 millisecond'
    where j.key in (
      select o.key from docket.job o join ${recordset(rows, "key text, run uuid")} on o.key = x.key and o.run = x.run
      where o.phase = 'running' order by o.key for update of o)`.execute(db);
}

const LOST = "its process ended without a word";
/** Attempts that end their process before the job is dead-lettered. */
const LOSSES_MAX = 20;
/** In one statement. */
const LOST_MAX = 1_000;

export interface TakeBackOptions {
  readonly now: Now;
  /** Also what still has its lease: nobody else can be running it. */
  readonly all?: boolean;
}

/**
 * Puts jobs whose process ended without a word back among those to be run; each waits a while longer than before, so
 * that one that ends its process does not do so all the time, and not for ever. Gives how many.
 */
export async function takeBackLost(db: Kysely<DocketDatabase>, { now, all = false }: TakeBackOptions): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<EntityRef>`
      with moment as materialized (select ${now()} as now),
      lost as materialized (
        select j.key, j.run, case when j.attempts - j.attempts_spent >= ${LOSSES_MAX} then 'dead'
          else 'pending' end as phase
        from docket.job j, moment m
        where j.phase = 'running' and (${all} or j.lease_until < m.now)
        order by j.key limit ${LOST_MAX} for update of j skip locked
      ), back as (
        update docket.job j set phase = l.phase, run = null, lease_until = null, lane = null,
          waiting = case when l.phase = 'pending' then 'retry' end, held_by = null,
          next_at = m.now + least(greatest(j.attempts - j.attempts_spent - 1, 0) ^ 2, 300) * interval '1 second',
          finished_at = case when l.phase = 'dead' then m.now end,
          last_error = ${LOST}, updated_at = m.now, ${RENEWED}
        from lost l, moment m where j.key = l.key
        returning j.kind, j.entity as id
      ), closed as (
        update docket.attempt a set ended_at = m.now, outcome = 'lost', error = ${LOST}
        from lost l, moment m where a.key = l.key and a.run = l.run and a.ended_at is null
      )
      select kind, id from back`.execute(tx);
    await leaveSeals(tx, rows);
    return rows.length;
  });
}
