import { sql } from "kysely";
import {
  applyToDraft,
  type DocketEffect,
  draftOf,
  type EntityRef,
  type Index,
  type Indexed,
  type OnDelete,
  type Policy,
  planMissing,
  refKey,
} from "../../core/mod.ts";
import { taggedWith } from "../store/effects.ts";
import { isRootKind, lockHeads } from "../store/heads.ts";
import { readJobs } from "../store/jobs.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { writeEffects } from "../store/write_effects.ts";
import { readLogLines } from "../verify/log_lines.ts";

export interface ReplayJobsOptions {
  readonly refs: readonly EntityRef[];
  readonly policies: readonly Policy[];
  readonly onDelete: OnDelete;
  /** Messages whose jobs run again although they are done. @default none */
  readonly forcedBy?: readonly string[];
}

/** Keys of jobs, by what came of them. */
export interface ReplayedJobs {
  /** Planned: the log wants them, and the ledger had them not. */
  readonly planned: readonly string[];
  /** The ledger had lost them, but they were done: put back as that, and not run. */
  readonly restored: readonly string[];
  /** To be run again. */
  readonly again: readonly string[];
  /** Asked for, but not done or not wanted: they are left as they are. */
  readonly left: readonly string[];
}

/**
 * Plans the jobs of these entities that should exist by the log and don't, under the entities' locks and through the
 * effects of the core. Then lets go again what the messages named in `forcedBy` wanted and is done or dead: under a key
 * of its own for receivers, and as it is wanted now. What a person cancelled, what is wanted no more or pointless by
 * now, and what was made of erased data stays as it is.
 */
export async function replayJobs(tx: Tx, options: ReplayJobsOptions): Promise<ReplayedJobs> {
  const { refs, forcedBy = [] } = options;
  const heads = [
    ...(await lockHeads(tx, refs.filter(isRootKind))),
    ...(await lockHeads(
      tx,
      refs.filter((ref) => !isRootKind(ref)),
    )),
  ];
  const planned = await planAll(tx, heads, { ...options, again: new Set() });
  const restored = await restoreDone(tx, planned);
  const { again, left } = forcedBy.length === 0 ? NONE : await letGoAgain(tx, refs, forcedBy);
  // Those that wait now are as they are wanted now, and not as they once ran.
  if (again.length > 0) await planAll(tx, heads, { ...options, again: new Set(again) });
  const done = new Set(restored);
  const known = new Set(again);
  return {
    planned: planned.filter((key) => !done.has(key)),
    restored,
    again,
    left: left.filter((it) => !known.has(it)),
  };
}

const NONE = { again: [], left: [] } as const;

interface Planning extends ReplayJobsOptions {
  readonly again: ReadonlySet<string>;
}

/** Gives the keys that were planned. */
async function planAll(tx: Tx, heads: readonly Indexed[], { policies, onDelete, again }: Planning): Promise<string[]> {
  const refs = heads.map(({ ref }) => ref);
  const lines = await readLogLines(tx, refs);
  const jobs = await readJobs(tx, refs);
  const members = heads.map((head): Indexed => {
    const key = refKey(head.ref);
    return { ...head, told: (lines.get(key) ?? []).map(({ told }) => told), jobs: jobs.get(key) ?? [] };
  });
  const wanted = members.flatMap((member) => planMissing(member, { policies, again }));
  const armed = await readArmed(tx, wanted);
  const effects = wanted.filter((it) => it._tag !== "ArmJob" || !armed.has(it.job.key));
  const before: Index = {
    guard: { _tag: "Listed", instanceIds: [] },
    onDelete,
    policies,
    ledger: new Map(),
    entities: new Map(members.map((member) => [refKey(member.ref), member])),
  };
  const after = draftOf(before);
  for (const effect of effects) applyToDraft(after, effect);
  await writeEffects(tx, effects, { before, after });
  return effects.flatMap((it) => (it._tag === "PlanJob" || it._tag === "ArmJob" ? [it.job.key] : []));
}

/** Level-triggered jobs that are on file: they look at what is when they run, so nothing of them is missing. */
async function readArmed(tx: Tx, effects: readonly DocketEffect[]): Promise<ReadonlySet<string>> {
  const keys = taggedWith(effects, "ArmJob").map(({ job: { key } }) => ({ key }));
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ key: string }>`
    select j.key from docket.job j where j.key in (select x.key from ${recordset(keys, "key text")})`.execute(tx);
  return new Set(rows.map(({ key }) => key));
}

/** A job runs once: one whose attempts say that it was done is put back as done. */
async function restoreDone(tx: Tx, planned: readonly string[]): Promise<readonly string[]> {
  const keys = planned.map((key) => ({ key }));
  if (keys.length === 0) return [];
  const { rows } = await sql<{ key: string }>`
    update docket.job j set phase = 'done', attempts = a.attempts, finished_at = a.finished_at, updated_at = now()
    from (
      select t.key, max(t.number) as attempts, max(t.ended_at) filter (where t.outcome = 'done') as finished_at
      from docket.attempt t join ${recordset(keys, "key text")} on t.key = x.key
      group by t.key having bool_or(t.outcome = 'done')) a
    where j.key = a.key and j.phase = 'pending' and j.attempts = 0 and not j.level
    returning j.key`.execute(tx);
  return rows.map(({ key }) => key);
}

async function letGoAgain(
  tx: Tx,
  refs: readonly EntityRef[],
  svixIds: readonly string[],
): Promise<Pick<ReplayedJobs, "again" | "left">> {
  const ids = svixIds.map((svix_id) => ({ svix_id }));
  const asked = sql`
    select j.key, (j.phase in ('done', 'dead') and j.wanted and not j.moot and (j.level or not h.sealed)) as able
    from ${recordset(refs, "kind text, id text")}
    join docket.head h on h.kind = x.kind and h.id = x.id
    join docket.job j on j.kind = x.kind and j.entity = x.id
    where j.svix_id in (select s.svix_id from jsonb_to_recordset(${JSON.stringify(ids)}::text::jsonb) as s(svix_id text))
    order by j.key for update of j`;
  const { rows } = await sql<{ key: string; able: boolean }>`
    with asked as materialized (${asked}), again as (
      update docket.job j set phase = 'pending', again = j.again + (j.phase = 'done')::integer,
        next_at = null, waiting = null, held_by = null, needed_since = null, attempts_spent = j.attempts,
        approved_at = case when j.phase = 'done' then null else j.approved_at end, finished_at = null, updated_at = now()
      from asked a where a.key = j.key and a.able)
    select key, able from asked order by key`.execute(tx);
  return {
    again: rows.filter(({ able }) => able).map(({ key }) => key),
    left: rows.filter(({ able }) => !able).map(({ key }) => key),
  };
}
