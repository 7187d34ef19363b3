import { type Kysely, sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { leaveChores } from "../store/chores.ts";
import type { Tx } from "../store/sql.ts";
import { writeAudit } from "./audit.ts";
import { type JobAction, type JudgedJob, judgeAction } from "./job_action.ts";
import { dropDelivered } from "./message_content.ts";
import { untilNoRace } from "./until_no_race.ts";

/** What came of something that a person wanted done. */
export type Acted =
  /** `changed`: false when all was already as wanted. */
  | { readonly _tag: "Acted"; readonly changed: boolean }
  | { readonly _tag: "Refused"; readonly reason: string }
  | { readonly _tag: "Missing" };

export interface JobActing {
  readonly key: string;
  readonly action: JobAction;
  readonly actor: string;
}

/**
 * Does to a job what a person says, in one transaction with its line in the audit; safe to repeat.
 *
 * - `retry`: a job that is dead, put off, or was cancelled by a person is due at once, or when it was to start. The
 *   attempts it had no longer count.
 * - `cancel`: what has not started, or is dead, never runs. That sticks, whatever is planned later.
 * - `approve`: what waits for approval may go.
 */
export function actOnJob(db: Kysely<DocketDatabase>, { key, action, actor }: JobActing): Promise<Acted> {
  return untilNoRace(() =>
    db.transaction().execute(async (tx): Promise<Acted> => {
      const job = await lockJob(tx, key);
      if (job === null) return { _tag: "Missing" };
      const verdict = judgeAction(action, job);
      if (verdict._tag === "Refused") return verdict;
      if (verdict._tag === "Needless") return { _tag: "Acted", changed: false };
      await CHANGES[action](tx, job);
      await writeAudit(tx, { action, subject: key, actor });
      return { _tag: "Acted", changed: true };
    }),
  );
}

interface LockedJob extends JudgedJob {
  readonly key: string;
  readonly ref: EntityRef;
  readonly intent: string;
}

const CHANGES: { readonly [A in JobAction]: (tx: Tx, job: LockedJob) => Promise<void> } = { retry, cancel, approve };

async function retry(tx: Tx, { key }: LockedJob): Promise<void> {
  await sql`
    update docket.job set phase = 'pending', next_at = null, waiting = null, held_by = null, needed_since = null,
      attempts_spent = attempts, finished_at = null, updated_at = now()
    where key = ${key} and phase in ('pending', 'dead', 'cancelled')`.execute(tx);
}

async function cancel(tx: Tx, { key, ref, intent }: LockedJob): Promise<void> {
  await sql`
    update docket.job set phase = 'cancelled', next_at = null, waiting = null, needed_since = null,
      finished_at = now(), updated_at = now()
    where key = ${key} and phase in ('pending', 'dead')`.execute(tx);
  // Nobody will deliver what the message says any more.
  if (ref.kind === "message") await dropDelivered(tx, [ref.id]);
  // The deletion may have waited for this one alone before it takes the personal data away.
  if (intent === "-") await leaveChores(tx, "seal", [ref]);
}

async function approve(tx: Tx, { key }: LockedJob): Promise<void> {
  await sql`
    update docket.job set approved_at = now(), updated_at = now()
    where key = ${key} and phase = 'pending' and approved_at is null`.execute(tx);
}

/** The entity's head first, as whoever erases its data does: or what is let go here could lose its payload. */
async function lockJob(tx: Tx, key: string): Promise<LockedJob | null> {
  const { rows: heads } = await sql<{ sealed: boolean }>`
    select h.sealed from docket.head h
    where (h.kind, h.id) = (select j.kind, j.entity from docket.job j where j.key = ${key}) for update of h`.execute(
    tx,
  );
  const { rows } = await sql<Omit<LockedJob, "sealed" | "ref"> & { readonly kind: EntityRef["kind"]; entity: string }>`
    select j.key, j.kind, j.entity, j.intent, j.phase, j.wanted, j.moot, j.level, j.approval,
      j.approved_at is not null as approved, coalesce(j.next_at > now(), false) as "putOff"
    from docket.job j where j.key = ${key} for update of j`.execute(tx);
  return (
    rows.map(({ kind, entity, ...job }) => ({
      ...job,
      ref: { kind, id: entity },
      sealed: heads[0]?.sealed ?? false,
    }))[0] ?? null
  );
}
