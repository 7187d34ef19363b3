import { type Kysely, type RawBuilder, sql } from "kysely";
import type { EntityRef, Outcome } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { sqlState } from "../database/sql_state.ts";
import { instantOf, msOf, recordset } from "../store/sql.ts";
import type { FiledMessage } from "./decode_filed.ts";

/** Which messages of the log; all conditions given must hold. */
export interface Choice {
  readonly ids?: readonly string[] | undefined;
  readonly type?: string | undefined;
  /** Received then or later, milliseconds since the Unix epoch. */
  readonly sinceMs?: number | undefined;
  readonly outcome?: Outcome | undefined;
}

/** A chosen message. Its payload is there if it was set aside: only then it is decoded again. */
export interface Chosen {
  readonly filed: FiledMessage;
  readonly type: string | null;
  readonly outcome: Outcome;
  /** Why it was quarantined; null otherwise. */
  readonly fault: string | null;
  /** Null: it names no entity, or none that it was filed under. */
  readonly ref: EntityRef | null;
  readonly isDeletion: boolean;
}

/** Payloads may be a megabyte each. */
const MESSAGES_PER_PAGE = 50;

/** How many messages of the log are meant; null where so many are looked through that the database gives up. */
export async function countChosen(db: Kysely<DocketDatabase>, choice: Choice): Promise<number | null> {
  const isLogged = choice.ids === undefined && choice.outcome === undefined;
  try {
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count
      from docket.log l ${isLogged ? sql`` : sql`join docket.message m on ${joinOf(choice)}`}
      where ${conditionOf(choice)}`.execute(db);
    return rows[0]?.count ?? 0;
  } catch (cause) {
    if (sqlState(cause) === QUERY_CANCELED) return null;
    throw cause;
  }
}

/** What PostgreSQL says when a statement has taken longer than it may. */
const QUERY_CANCELED = "57014";

/** Those messages, in the order of their receipt, in pages. What comes meanwhile may be among them. */
export async function* chosenPages(
  db: Kysely<DocketDatabase>,
  choice: Choice,
): AsyncGenerator<readonly Chosen[], void, undefined> {
  let last = { receivedAtMs: -1, svixId: "" };
  for (let isDone = false; !isDone; ) {
    const page = await readPage(db, choice, last);
    if (page.length > 0) yield page;
    last = page.at(-1)?.filed ?? last;
    isDone = page.length < MESSAGES_PER_PAGE;
  }
}

async function readPage(
  db: Kysely<DocketDatabase>,
  choice: Choice,
  last: { readonly receivedAtMs: number; readonly svixId: string },
): Promise<readonly Chosen[]> {
  const aside = sql`m.outcome in ('quarantined', 'foreign', 'ignored')`;
  const after = sql`${last.receivedAtMs}::bigint`;
  const { rows } = await sql<ChosenRow>`
    select m.svix_id, m.outcome, m.body_hash, l.type, l.source, l.fault, l.is_deletion,
      nullif(l.entity_kind, '') as kind, l.entity_id as id, ${msOf("l.received_at")} as received_at_ms,
      case when ${aside} then l.payload end as payload,
      case when ${aside} then encode(l.payload_bytes, 'hex') end as payload_hex
    from docket.log l join docket.message m on ${joinOf(choice)}
    where ${conditionOf(choice)}
      and (l.received_at, l.svix_id) > ('epoch'::timestamptz + ${after} * interval '1 millisecond', ${last.svixId})
    order by l.received_at, l.svix_id limit ${MESSAGES_PER_PAGE}`.execute(db);
  return rows.map(chosenOf);
}

/**
 * Few are known by their ids or outcome, and found in the log by its key. Else the log is walked from where a page
 * begins: were its whole key compared, the planner would expect next to nothing, and read everything for each page.
 */
function joinOf({ ids, outcome = "applied" }: Choice): RawBuilder<unknown> {
  return ids === undefined && outcome === "applied"
    ? sql`m.svix_id = l.svix_id`
    : sql`(m.entity_kind, m.entity_id, m.svix_id) = (l.entity_kind, l.entity_id, l.svix_id)`;
}

function conditionOf({ ids, type, sinceMs, outcome }: Choice): RawBuilder<unknown> {
  const rows = ids?.map((id) => ({ id }));
  const conditions = [
    sql`true`,
    ...(rows === undefined ? [] : [sql`m.svix_id in (select x.id from ${recordset(rows, "id text")})`]),
    ...(type === undefined ? [] : [sql`l.type = ${type}`]),
    ...(sinceMs === undefined
      ? []
      : [sql`l.received_at >= (select ${instantOf("x.ms")} from ${recordset([{ ms: sinceMs }], "ms bigint")})`]),
    ...(outcome === undefined ? [] : [sql`m.outcome = ${outcome}`]),
  ];
  return sql.join(conditions, sql` and `);
}

interface ChosenRow {
  readonly svix_id: string;
  readonly outcome: Outcome;
  readonly body_hash: string;
  readonly type: string | null;
  readonly source: "webhook" | "api";
  readonly fault: string | null;
  readonly is_deletion: boolean;
  readonly kind: EntityRef["kind"] | null;
  readonly id: string;
  readonly received_at_ms: number;
  readonly payload: string | null;
  readonly payload_hex: string | null;
}

function chosenOf(row: ChosenRow): Chosen {
  const { svix_id: svixId, outcome, type, source, fault, kind, id } = row;
  return {
    filed: {
      svixId,
      source,
      receivedAtMs: row.received_at_ms,
      bodyHash: row.body_hash,
      payload: row.payload ?? "",
      payloadHex: row.payload_hex,
    },
    type,
    outcome,
    fault,
    ref: kind === null ? null : { kind, id },
    isDeletion: row.is_deletion,
  };
}
