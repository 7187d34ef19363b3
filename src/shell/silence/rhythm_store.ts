import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { instant, msOf, type Tx } from "../store/sql.ts";
import { GAP_FACTOR, HOUR_MS, REMEMBERED_MS, type Rhythm, type RhythmHour } from "./decide_quiet.ts";

/** A message is received before it is on file, by no more than this: Svix is told to come again by then. */
export const FILING_MS_MAX = 15_000;

/** Of one lesson: far fewer than a statement has time for. */
const MESSAGES_MAX = 50_000;

/**
 * Learns from the part of the log that was not read yet, of an hour at most and of so many messages, so that it takes
 * no longer however long the log is. True when there is no more to be learned now. In one transaction, and safe to race.
 */
export async function learnSome(
  db: Kysely<DocketDatabase>,
  nowMs: number,
  messagesMax: number = MESSAGES_MAX,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ learnedToMs: number | null; isSilent: boolean }>`
      select ${msOf("learned_to")} as "learnedToMs", silent_since is not null as "isSilent"
      from docket.silence for update`.execute(tx);
    const [state] = rows;
    if (state === undefined) return true;
    const untilMs = nowMs - FILING_MS_MAX;
    const unreadMs = Math.max(state.learnedToMs ?? 0, untilMs - REMEMBERED_MS);
    // Where nothing came, there is nothing to walk through.
    const fromMs = await firstReceiptMs(tx, unreadMs);
    const hourEndMs = fromMs === undefined ? untilMs : Math.min(fromMs + HOUR_MS, untilMs);
    const toMs = fromMs === undefined ? untilMs : await lessonEndMs(tx, { fromMs, toMs: hourEndMs, messagesMax });
    if (fromMs !== undefined && fromMs < toMs) await learn(tx, { fromMs, toMs, isSilent: state.isSilent });
    await sql`update docket.silence set learned_to = ${instant(Math.max(unreadMs, toMs))}`.execute(tx);
    if (toMs >= untilMs) await forget(tx);
    return toMs >= untilMs;
  });
}

async function firstReceiptMs(tx: Tx, fromMs: number): Promise<number | undefined> {
  const { rows } = await sql<{ atMs: number }>`
    select ${msOf("received_at")} as "atMs" from docket.log where received_at >= ${instant(fromMs)}
    order by received_at limit 1`.execute(tx);
  return rows[0]?.atMs;
}

interface Lesson {
  readonly fromMs: number;
  readonly toMs: number;
  readonly messagesMax: number;
}

/** Before the first message that is one too many, should there be one. */
async function lessonEndMs(tx: Tx, { fromMs, toMs, messagesMax }: Lesson): Promise<number> {
  const { rows } = await sql<{ atMs: number }>`
    select ${msOf("received_at")} as "atMs" from docket.log
    where received_at >= ${instant(fromMs)} and received_at < ${instant(toMs)}
    order by received_at limit 1 offset ${messagesMax}::integer`.execute(tx);
  return Math.max(rows[0]?.atMs ?? toMs, Math.min(fromMs + 1, toMs));
}

interface Learning {
  readonly fromMs: number;
  readonly toMs: number;
  /** Waits that end now may be an outage. */
  readonly isSilent: boolean;
}

async function learn(tx: Tx, { fromMs, toMs, isSilent }: Learning): Promise<void> {
  // A wait that ends an outage says nothing of the rhythm, and would make the next outage look usual.
  const outage = isSilent
    ? sql`g.ms > ${GAP_FACTOR} * (select max(o.gap_ms) from docket.source_hour o where o.type = g.type)`
    : sql`false`;
  await sql`
    with fresh as materialized (
      select l.type collate "C" as type, l.received_at as at from docket.log l
      where l.received_at >= ${instant(fromMs)} and l.received_at < ${instant(toMs)} and l.source = 'webhook'
        and (l.told or not exists (
          select from docket.message m where m.svix_id = l.svix_id and m.outcome = 'foreign'))
    ),
    series as (select type, at from fresh where type is not null union all select '', at from fresh),
    gaps as (
      select s.type, s.at,
        extract(epoch from s.at - lag(s.at, 1, r.last_at) over (partition by s.type order by s.at)) * 1000 as ms
      from series s left join docket.source_rhythm r on r.type = s.type
    ),
    hours as (
      insert into docket.source_hour as h (type, hour, messages, gap_ms)
      select g.type, date_trunc('hour', g.at, 'UTC'), count(*),
        coalesce(max(case when ${outage} then 0 else g.ms end), 0)::bigint
      from gaps g group by 1, 2
      on conflict (type, hour) do update set messages = h.messages + excluded.messages,
        gap_ms = greatest(h.gap_ms, excluded.gap_ms)
    )
    insert into docket.source_rhythm as r (type, first_at, last_at)
    select type, min(at), max(at) from series group by type
    on conflict (type) do update set last_at = greatest(r.last_at, excluded.last_at)`.execute(tx);
}

/** Hours leave when their type's last message is far from them: an outage does not make us forget. */
async function forget(tx: Tx): Promise<void> {
  await sql`
    delete from docket.source_hour h using docket.source_rhythm r
    where r.type = h.type and h.hour < r.last_at - ${REMEMBERED_MS + HOUR_MS} * interval '1 millisecond'`.execute(tx);
}

/** The rhythms of types that last came before this moment: the others are not quiet. */
export async function readRhythms(db: Kysely<DocketDatabase>, beforeMs: number): Promise<readonly Rhythm[]> {
  const { rows } = await sql<Omit<Rhythm, "hours"> & { hours: readonly RhythmHour[] | null }>`
    select r.type, ${msOf("r.first_at")} as "firstAtMs", ${msOf("r.last_at")} as "lastAtMs",
      (select jsonb_agg(jsonb_build_object('startMs', ${msOf("h.hour")}, 'messages', h.messages, 'gapMs', h.gap_ms)
        order by h.hour) from docket.source_hour h where h.type = r.type) as hours
    from docket.source_rhythm r where r.last_at < ${instant(beforeMs)}`.execute(db);
  return rows.map(({ hours, ...rhythm }) => ({ ...rhythm, hours: hours ?? [] }));
}
