import { sql } from "kysely";
import type { EntityRef, Kind } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import type { ClaimedJob } from "./claim_jobs.ts";
import { leaveSeals } from "./leave_seals.ts";
import { dropDelivered } from "./message_content.ts";
import type { Now } from "./now.ts";
import { RENEWED } from "./renewed.ts";
import { shortText } from "./short_text.ts";

/** What became of one attempt. */
export type Outcome =
  | { readonly _tag: "Done" }
  /** Tried again after this long. `free`: it does not count against the handler's limit. */
  | { readonly _tag: "Failed"; readonly error: string; readonly delayMs: number; readonly free: boolean }
  /** Never tried again, unless a person says so. `exhausted`: after too many failures, not for what it is. */
  | { readonly _tag: "Dead"; readonly error: string; readonly exhausted: boolean }
  /** Given back without an attempt: its target's breaker is open, or the process stops. */
  | { readonly _tag: "Released"; readonly delayMs: number; readonly waiting: "breaker" | null };

export interface Result {
  readonly job: ClaimedJob;
  readonly outcome: Outcome;
  /** Whom it is held against. @default the handler */
  readonly target?: string;
}

/** Longest wait that a handler may ask for, and what words that say none are taken for, in milliseconds. */
const DELAY_MS_MAX = 30 * 86_400_000;
const DELAY_MS_DEFAULT = 60_000;

/**
 * Writes down what became of attempts, all or none. What a job that was withdrawn meanwhile did is noted too: done, it
 * is regretted, and failed, it is not tried again.
 *
 * @returns The keys that counted: not those whose lease had ended and which another run has now.
 */
export async function settleJobs(tx: Tx, results: readonly Result[], now: Now): Promise<ReadonlySet<string>> {
  if (results.length === 0) return new Set();
  const { rows } = await sql<Settled>`
    with moment as materialized (select ${now()} as now),
    told as materialized (select * from ${recordset(results.map(rowOf), ROW)}),
    locked as materialized (
      select j.key, j.run, case when x.phase in ('done', 'dead') and j.armed > j.armed_seen then 'pending'
        else x.phase end as phase
      from docket.job j join told x on x.key = j.key and x.run = j.run
      where j.phase = 'running' order by j.key for update of j
    ), settled as (
      update docket.job j set
        phase = l.phase, run = null, lease_until = null, lane = null,
        next_at = case when l.phase = x.phase then m.now + x.delay_ms * interval '1 millisecond' end,
        waiting = case when l.phase = x.phase then x.waiting end,
        held_by = x.held_by, last_error = x.error,
        attempts_spent = case when x.free then j.attempts_spent + 1
          when l.phase <> x.phase then j.attempts else j.attempts_spent end,
        finished_at = case when l.phase in ('done', 'dead') then m.now end, updated_at = m.now,
        ${RENEWED}
      from locked l, told x, moment m
      where j.key = l.key and x.key = l.key and x.run = l.run
      returning j.key, j.kind, j.entity, j.phase
    ), closed as (
      update docket.attempt a set ended_at = m.now, outcome = x.outcome, error = x.error
      from told x, moment m
      where a.key = x.key and a.run = x.run and a.ended_at is null
    )
    select key, kind, entity, phase from settled`.execute(tx);
  await leaveSeals(tx, rows.map(refOf));
  await dropContents(tx, rows);
  return new Set(rows.map(({ key }) => key));
}

const ROW = `key text, run uuid, phase text, outcome text, error text, delay_ms bigint, waiting text, held_by text,
  free boolean`;

interface Settled {
  readonly key: string;
  readonly kind: Kind;
  readonly entity: string;
  readonly phase: string;
}

function refOf({ kind, entity }: Settled): EntityRef {
  return { kind, id: entity };
}

/** What a message says is kept until it is delivered or given up, and no longer. */
async function dropContents(tx: Tx, rows: readonly Settled[]): Promise<void> {
  const over = rows.filter(({ kind, phase }) => kind === "message" && (phase === "done" || phase === "dead"));
  await dropDelivered(
    tx,
    over.map(({ entity }) => entity),
  );
}

function rowOf({ job: { key, run, handler }, outcome, target = handler }: Result): object {
  const row = { key, run, error: null, delay_ms: null, waiting: null, held_by: null, free: false };
  switch (outcome._tag) {
    case "Done":
      return { ...row, phase: "done", outcome: "done" };
    case "Failed": {
      const { delayMs, free } = outcome;
      return {
        ...row,
        phase: "pending",
        outcome: "failed",
        error: shortText(outcome.error),
        delay_ms: delayOf(delayMs),
        waiting: "retry",
        held_by: free ? null : target,
        free,
      };
    }
    case "Dead":
      return { ...row, phase: "dead", outcome: "dead", error: shortText(outcome.error) };
    case "Released": {
      const { delayMs, waiting } = outcome;
      const held_by = waiting === null ? null : target;
      const delay_ms = delayOf(delayMs);
      return { ...row, phase: "pending", outcome: "released", delay_ms, waiting, held_by, free: true };
    }
    default:
      return outcome satisfies never;
  }
}

function delayOf(delayMs: number): number {
  if (Number.isNaN(delayMs)) return DELAY_MS_DEFAULT;
  return Math.round(Math.min(Math.max(delayMs, 0), DELAY_MS_MAX));
}
