import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { instant, msOf } from "../store/sql.ts";
import { shortText } from "../work/short_text.ts";
import { describeFindings, type SilenceFinding } from "./finding.ts";

/** What the `silence` hook is told. */
export interface SilenceAlarm {
  /** The same whenever it is told again, and another each time: an idempotency key. */
  readonly id: string;
  /** `silent`: Clerk's webhooks have stopped coming. `heard`: they come again. */
  readonly state: "silent" | "heard";
  /** When it was found, milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Why it is taken to be silent; empty when it is heard. */
  readonly findings: readonly SilenceFinding[];
  /** The same for people, in one line and without personal data. */
  readonly message: string;
}

/** Told once each time the source falls silent or is heard again; again if it throws or takes over 30 seconds. */
export type SilenceHook = (
  alarm: SilenceAlarm,
  options: { readonly signal: AbortSignal },
) => Promise<unknown> | undefined;

/** Tries, over an hour and a half. */
const ATTEMPTS_MAX = 10;
const REST_SECONDS = 10;
/** Longer than a hook may take: as long as one process tells of an alarm, no other does. */
const TELLING_SECONDS = 40;

interface Edge {
  readonly id: number;
  readonly silent: boolean;
  readonly findings: readonly SilenceFinding[];
  readonly atMs: number;
  readonly attempts: number;
}

/** The oldest alarm of which the hook does not know, for one caller among all processes; null if there is none now. */
export async function takeAlarm(
  db: Kysely<DocketDatabase>,
  nowMs: number,
): Promise<(SilenceAlarm & { readonly attempts: number }) | null> {
  const { rows } = await sql<Edge>`
    with untold as materialized (
      select id, next_at from docket.silence_edge where told_at is null and attempts < ${ATTEMPTS_MAX}
      order by id limit 1 for update skip locked)
    update docket.silence_edge e set attempts = e.attempts + 1,
      next_at = ${instant(nowMs)} + ${TELLING_SECONDS} * interval '1 second'
    from untold u where e.id = u.id and u.next_at <= ${instant(nowMs)}
    returning e.id, e.silent, e.findings, ${msOf("e.at")} as "atMs", e.attempts`.execute(db);
  const [edge] = rows;
  if (edge === undefined) return null;
  const { id, silent, findings, atMs, attempts } = edge;
  const message = silent ? `Clerk's webhooks are silent: ${describeFindings(findings)}` : "Clerk's webhooks come again";
  return { id: String(id), state: silent ? "silent" : "heard", atMs, findings, message, attempts };
}

/** Notes how the hook took it. */
export async function noteTold(
  db: Kysely<DocketDatabase>,
  { id }: SilenceAlarm,
  { atMs, error }: { readonly atMs: number; readonly error: string | null },
): Promise<void> {
  await (error === null
    ? sql`update docket.silence_edge set told_at = ${instant(atMs)}, last_error = null where id = ${id}::bigint`
    : sql`
        update docket.silence_edge set last_error = ${shortText(error)},
          next_at = ${instant(atMs)} + ${REST_SECONDS} * 2 ^ (attempts - 1) * interval '1 second'
        where id = ${id}::bigint`
  ).execute(db);
}

/** True when it was the last try. */
export function isGivenUp({ attempts }: { readonly attempts: number }): boolean {
  return attempts >= ATTEMPTS_MAX;
}
