import { type Kysely, sql } from "kysely";
import { type EntityRef, refKey } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "../store/sql.ts";
import { cleanText } from "../tables/mod.ts";
import type { ParkedJob } from "./claim_jobs.ts";
import type { Now } from "./now.ts";

/**
 * Asks Clerk for one entity and takes the answer through the reducers. `found`: it is on file now. `missing`: Clerk
 * knows no such thing. `unsure`: it could not be asked, and may be asked again.
 */
export type AskFor = (ref: EntityRef) => Promise<"found" | "missing" | "unsure">;

export interface ParkedOptions {
  /** Null: nobody can be asked. */
  readonly askFor: AskFor | null;
  readonly now: Now;
}

/** Webhooks get this long before Clerk is asked. */
const PATIENCE_MS = 10_000;
/** After this long nobody will tell any more: longer than Svix tries to deliver (27.6 hours). */
const LIMIT_MS = 2 * 86_400_000;
/** Entities asked for in one go. */
const ASKED_MAX = 10;

/**
 * Looks after jobs that were put off since what they need is not on file: asks Clerk for just that once it is overdue,
 * lets them go on when it came, and dead-letters them, with the reason, when it never will.
 */
export async function considerParked(
  db: Kysely<DocketDatabase>,
  parked: readonly ParkedJob[],
  { askFor, now }: ParkedOptions,
): Promise<void> {
  const overdue = parked.filter(({ waitedMs }) => waitedMs >= PATIENCE_MS);
  if (overdue.length === 0) return;
  const refs = new Map(overdue.flatMap(({ unmet }) => unmet.map((ref) => [refKey(ref), ref])));
  const answers = new Map<string, Awaited<ReturnType<AskFor>>>();
  if (askFor !== null) {
    // Others have their turn at the next look.
    const asked = [...refs]
      .filter(([, { kind }]) => kind === "user" || kind === "organization")
      .sort(() => Math.random() - 0.5)
      .slice(0, ASKED_MAX);
    await Promise.all(asked.map(async ([key, ref]) => answers.set(key, await askFor(ref))));
  }
  const given = overdue.flatMap(({ key, unmet, waitedMs }) => {
    const missing = unmet.find((ref) => answers.get(refKey(ref)) === "missing");
    if (missing !== undefined) return [{ key, error: `needs ${refKey(missing)}, which Clerk does not know` }];
    if (waitedMs < LIMIT_MS) return [];
    return [{ key, error: `waited two days for ${unmet.map(refKey).join(" and ")}, which never came` }];
  });
  await giveUp(db, given, now);
  const ready = overdue.filter(({ unmet }) => unmet.every((ref) => answers.get(refKey(ref)) === "found"));
  await goOn(
    db,
    ready.map(({ key }) => ({ key })),
  );
}

async function giveUp(
  db: Kysely<DocketDatabase>,
  given: readonly { readonly key: string; readonly error: string }[],
  now: Now,
): Promise<void> {
  if (given.length === 0) return;
  const rows = given.map(({ key, error }) => ({ key, error: cleanText(error) }));
  await sql`
    update docket.job j set phase = 'dead', last_error = x.error, finished_at = ${now()}, updated_at = ${now()}
    from ${recordset(rows, "key text, error text")}
    where j.key = x.key and j.phase = 'pending' and j.waiting = 'needs'`.execute(db);
}

async function goOn(db: Kysely<DocketDatabase>, ready: readonly { readonly key: string }[]): Promise<void> {
  if (ready.length === 0) return;
  await sql`
    update docket.job j set next_at = null from ${recordset(ready, "key text")}
    where j.key = x.key and j.phase = 'pending' and j.waiting = 'needs'`.execute(db);
}
