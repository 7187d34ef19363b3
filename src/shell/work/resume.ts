import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import type { Acted } from "./act_on_job.ts";
import { writeAudit } from "./audit.ts";
import { closeBreakers } from "./breakers.ts";
import { untilNoRace } from "./until_no_race.ts";

export interface Resuming {
  /** Of the policy, or of the target. */
  readonly name: string;
  readonly actor: string;
}

/**
 * Lets a policy go on that was stopped since too many of its jobs came at once: those that wait run now. In one
 * transaction with its line in the audit; safe to repeat.
 */
export function resumePolicy(db: Kysely<DocketDatabase>, { name, actor }: Resuming): Promise<Acted> {
  return db.transaction().execute(async (tx): Promise<Acted> => {
    const { rows } = await sql`
      update docket.policy_stop set stopped_at = null, reason = null, resumed_at = now()
      where policy = ${name} and stopped_at is not null
      returning policy`.execute(tx);
    if (rows.length > 0) {
      await writeAudit(tx, { action: "resume", subject: name, actor });
      return { _tag: "Acted", changed: true };
    }
    const known = await sql`
      select policy as name from docket.policy_stop where policy = ${name}
      union all select key from docket.setting where key = ${`policy:${name}`}`.execute(tx);
    return known.rows.length > 0 ? { _tag: "Acted", changed: false } : { _tag: "Missing" };
  });
}

/**
 * Closes the breaker of a target that is known to answer again, without waiting for the probe: its jobs that were put
 * off are due at once. In one transaction with its line in the audit; safe to repeat.
 */
export function resumeTarget(db: Kysely<DocketDatabase>, { name, actor }: Resuming): Promise<Acted> {
  // A worker locks jobs before their breaker, so that the two may meet.
  return untilNoRace(() =>
    db.transaction().execute(async (tx): Promise<Acted> => {
      const { rows } = await sql<{ isOpen: boolean }>`
        select opened_at is not null as "isOpen" from docket.breaker
        where target = ${name} for update`.execute(tx);
      const [breaker] = rows;
      if (breaker === undefined) return { _tag: "Missing" };
      if (!breaker.isOpen) return { _tag: "Acted", changed: false };
      await closeBreakers(tx, [{ target: name }]);
      await writeAudit(tx, { action: "resume", subject: name, actor });
      return { _tag: "Acted", changed: true };
    }),
  );
}
