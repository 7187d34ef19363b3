import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { instant, msOf } from "../store/sql.ts";
import type { BehindClerk, SilenceFinding } from "./finding.ts";

/** What the watch remembers between two looks. */
export interface SilenceState {
  readonly watchedSinceMs: number;
  readonly listeningSinceMs: number;
  readonly checkedAtMs: number | null;
  readonly learnedToMs: number | null;
  /** Null: the source is heard. */
  readonly silentSinceMs: number | null;
  readonly findings: readonly SilenceFinding[];
  readonly pending: readonly BehindClerk[];
  /** Why Clerk could not be asked last time. */
  readonly clerkError: string | null;
}

const STATE = sql`${msOf("watched_since")} as "watchedSinceMs", ${msOf("listening_since")} as "listeningSinceMs",
  ${msOf("checked_at")} as "checkedAtMs", ${msOf("learned_to")} as "learnedToMs",
  ${msOf("silent_since")} as "silentSinceMs", findings, pending, clerk_error as "clerkError"`;

/** Null: no process has watched yet. */
export async function readSilence(db: Kysely<DocketDatabase>): Promise<SilenceState | null> {
  const { rows } = await sql<SilenceState>`select ${STATE} from docket.silence`.execute(db);
  return rows[0] ?? null;
}

/** A watch that did not look for this long did not listen. */
const BREAK_MS = 120_000;

/** Takes the next look, if it is due: for one caller among all processes. Null: it is not due, or another has it. */
export async function takeLook(
  db: Kysely<DocketDatabase>,
  nowMs: number,
  everyMs: number,
): Promise<SilenceState | null> {
  const now = instant(nowMs);
  await sql`
    insert into docket.silence (one, watched_since, listening_since, due_at) values (true, ${now}, ${now}, ${now})
    on conflict do nothing`.execute(db);
  // A little early is not too early: timers are not exact.
  const { rows } = await sql<SilenceState>`
    update docket.silence set due_at = ${instant(nowMs + everyMs)},
      listening_since = case when checked_at > ${instant(nowMs - Math.max(BREAK_MS, 3 * everyMs))} then listening_since
        else ${now} end
    where due_at <= ${instant(nowMs + everyMs / 10)}
    returning ${STATE}`.execute(db);
  return rows[0] ?? null;
}

export interface Verdict {
  readonly atMs: number;
  /** None: the source is heard. */
  readonly findings: readonly SilenceFinding[];
  readonly pending: readonly BehindClerk[];
  readonly clerkError: string | null;
  /** Whether there is a hook to be told. */
  readonly isHooked: boolean;
}

export type SilenceEdge = "silent" | "heard";

/** Keeps the verdict; an edge and what the hook is to be told of it are in the same transaction. Null: as before. */
export async function writeVerdict(db: Kysely<DocketDatabase>, verdict: Verdict): Promise<SilenceEdge | null> {
  const { atMs, findings, pending, clerkError, isHooked } = verdict;
  const isSilent = findings.length > 0;
  const at = instant(atMs);
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ wasSilent: boolean }>`
      select silent_since is not null as "wasSilent" from docket.silence for update`.execute(tx);
    const [before] = rows;
    if (before === undefined) return null;
    await sql`
      update docket.silence set checked_at = ${at}, findings = ${JSON.stringify(findings)}::text::jsonb,
        pending = ${JSON.stringify(pending)}::text::jsonb, clerk_error = ${clerkError},
        silent_since = ${isSilent ? sql`coalesce(silent_since, ${at})` : sql`null`}`.execute(tx);
    if (before.wasSilent === isSilent) return null;
    await sql`
      insert into docket.silence_edge (at, silent, findings, next_at, told_at)
      values (${at}, ${isSilent}, ${JSON.stringify(findings)}::text::jsonb, ${at}, ${isHooked ? sql`null` : at})`.execute(
      tx,
    );
    await sql`
      delete from docket.silence_edge where id <= (select max(id) from docket.silence_edge) - ${EDGES_KEPT}`.execute(
      tx,
    );
    return isSilent ? "silent" : "heard";
  });
}

const EDGES_KEPT = 1_000;
