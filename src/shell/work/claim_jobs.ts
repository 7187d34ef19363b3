import { type Kysely, sql } from "kysely";
import type { EntityRef, Json, Kind } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { isTransient, sqlState } from "../database/sql_state.ts";
import { msOf, recordset } from "../store/sql.ts";
import { TAKEABLE, UNMET } from "./conditions.ts";
import type { Now } from "./now.ts";

/** A job that is this process's to run until its lease ends. */
export interface ClaimedJob {
  readonly key: string;
  /** What its receiver gets as idempotency key: its own, or another for each time that it is run again. */
  readonly sentKey: string;
  /** What it is run under: a report counts only while the job still has it. */
  readonly run: string;
  readonly policy: string;
  readonly handler: string;
  readonly ref: EntityRef;
  readonly payload: Json;
  readonly asOfMs: number;
  /** Of the message that it goes back to. */
  readonly svixId: string;
  /** How many attempts were begun, with this one. */
  readonly attempt: number;
  /** How many of them count against the handler's limit. */
  readonly attemptsCounted: number;
  /** How long it could have begun by then, for the lag from its message to its effect. Null: no message says when. */
  readonly waitedMs: number | null;
  /** When it was taken, by `performance.now()`. */
  readonly takenAtMs: number;
}

/** A due job whose needed entities are not on file. It was put off. */
export interface ParkedJob {
  readonly key: string;
  readonly unmet: readonly EntityRef[];
  /** How long it has waited for them. */
  readonly waitedMs: number;
}

/** How many due jobs of a handler may be taken. */
export interface Wish {
  readonly handler: string;
  readonly most: number;
  readonly ordered: boolean;
}

export interface ClaimOptions {
  readonly wishes: readonly Wish[];
  readonly run: string;
  readonly leaseMs: number;
  readonly now: Now;
}

export interface Claim {
  readonly claimed: readonly ClaimedJob[];
  readonly parked: readonly ParkedJob[];
}

/** Between two looks at what a job needs: half of what it has waited, within these, in seconds. */
const LOOK_SECONDS_MIN = 1;
const LOOK_SECONDS_MAX = 30;

/**
 * Takes due jobs, oldest first, and writes down that an attempt begins: in one statement, so that no two processes
 * have one job. What is withdrawn, pointless, not approved, stopped or out of turn in its lane is not due. Of an
 * ordered handler the jobs of one entity have their turn by version, and the index `job_lane` refuses a second at a
 * time: then the claim fails with SQLSTATE 23505 and takes nothing.
 */
export async function claimJobs(db: Kysely<DocketDatabase>, options: ClaimOptions): Promise<Claim> {
  const wishes = options.wishes.filter(({ most }) => most > 0);
  if (wishes.length === 0) return { claimed: [], parked: [] };
  const { rows } = await sql<ClaimRow>`
    with moment as materialized (select ${options.now()} as now),
    due as materialized (
      select j.key, j.unmet, m.now
      from ${recordset(wishes, "handler text, most integer, ordered boolean")}
      cross join moment m
      cross join lateral (
        select j.key, ${UNMET} as unmet from docket.job j
        where j.handler = x.handler and j.due_at <= m.now
          and ${TAKEABLE}
          and j.policy not in (select s.policy from docket.policy_stop s where s.stopped_at is not null)
          and (not x.ordered or not exists (${blockers()}))
        order by j.due_at, j.version, j.key
        limit x.most
        for update of j skip locked) j
    ), claimed as (
      update docket.job j set phase = 'running', attempts = j.attempts + 1, run = ${options.run}::uuid,
        lease_until = d.now + ${options.leaseMs}::integer * interval '1 millisecond', armed_seen = j.armed,
        lane = case when x.ordered then j.handler || '/' || j.kind || '/' || j.entity end,
        waiting = null, needed_since = null, updated_at = d.now
      from due d, ${recordset(wishes, "handler text, most integer, ordered boolean")}
      where j.key = d.key and d.unmet is null and x.handler = j.handler
      returning j.*
    ), parked as (
      update docket.job j set waiting = 'needs', needed_since = coalesce(j.needed_since, d.now), updated_at = d.now,
        next_at = d.now + least(greatest((d.now - coalesce(j.needed_since, d.now)) / 2,
          ${LOOK_SECONDS_MIN} * interval '1 second'), ${LOOK_SECONDS_MAX} * interval '1 second')
      from due d
      where j.key = d.key and d.unmet is not null
      returning j.key, d.unmet, d.now - j.needed_since as waited
    ), begun as (
      insert into docket.attempt (key, number, run, started_at)
      select c.key, c.attempts, c.run, (select now from moment) from claimed c
    )
    select c.key, c.run, c.policy, c.handler, c.kind, c.entity, c.payload, c.version, c.svix_id, c.attempts,
      c.attempts - c.attempts_spent as counted, null::jsonb as unmet, ${WAITED_MS} as waited_ms, c.start_at, c.again
    from claimed c
    union all
    select p.key, null, null, null, null, null, null, null, null, null, null, p.unmet,
      ${msOf("p.waited")}, null, null from parked p
    order by start_at, version, key`.execute(db);
  const takenAtMs = performance.now();
  return { claimed: rows.flatMap((row) => claimedOf(row, takenAtMs)), parked: rows.flatMap(parkedOf) };
}

/** Jobs that are a state's, and those that a person has run again, were planned long ago and nothing kept them waiting. */
const WAITED_MS = sql`case when not c.level and c.again = 0
  then ${msOf("((select now from moment) - greatest(c.planned_at, c.start_at, c.approved_at))")} end`;

/** Jobs that must be over before this one of their lane: one under way, and older ones whose time has come. */
function blockers(): ReturnType<typeof sql> {
  return sql`
    select from docket.job o
    where o.kind = j.kind and o.entity = j.entity and o.handler = j.handler and o.key <> j.key
      and (o.phase = 'running' or (o.phase = 'pending' and o.wanted and not o.moot and o.start_at <= m.now
        and (o.intent = '-', o.version, o.intent, o.key) < (j.intent = '-', j.version, j.intent, j.key)))`;
}

interface ClaimRow {
  readonly key: string;
  readonly run: string | null;
  readonly policy: string;
  readonly handler: string;
  readonly kind: Kind;
  readonly entity: string;
  readonly payload: Json;
  readonly version: number;
  readonly svix_id: string;
  readonly attempts: number;
  readonly counted: number;
  readonly unmet: readonly EntityRef[] | null;
  readonly waited_ms: number | null;
  readonly again: number;
}

function claimedOf(row: ClaimRow, takenAtMs: number): readonly ClaimedJob[] {
  const { key, run, policy, handler, kind, entity, payload, version, svix_id: svixId, attempts, counted, again } = row;
  if (run === null) return [];
  const ref = { kind, id: entity };
  const sentKey = again === 0 ? key : `${key}/again/${again}`;
  const counts = { attempt: attempts, attemptsCounted: counted };
  const times = { waitedMs: row.waited_ms, takenAtMs };
  return [{ key, sentKey, run, policy, handler, ref, payload, asOfMs: version, svixId, ...counts, ...times }];
}

function parkedOf({ key, unmet, waited_ms }: ClaimRow): readonly ParkedJob[] {
  return unmet === null ? [] : [{ key, unmet, waitedMs: waited_ms ?? 0 }];
}

/** Two processes took jobs of one lane at once, and the index let one of them: the other looks again. */
export function noneIfRaced(cause: unknown): Claim {
  if (sqlState(cause) === "23505" || isTransient(cause)) return { claimed: [], parked: [] };
  throw cause;
}
