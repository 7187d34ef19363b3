import { type Kysely, sql } from "kysely";
import type { EntityRef } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { instant, msOf, type Tx } from "../store/sql.ts";
import { type Dropped, dropPayloads } from "./drop_payloads.ts";
import type { LineKey } from "./find_replaced.ts";
import { keepRetained, type Retained, takeTurn } from "./retained.ts";

/** Lines of the log looked at in one transaction, which locks their entities. */
const LINES_PER_PAGE = 200;
/** Entities looked at again in one transaction. */
const HELD_PER_PAGE = 20;

/** What one page came to. */
export interface RetainedPage {
  readonly payloads: number;
  /** True when there may be more to look at by now. */
  readonly more: boolean;
}

const NOTHING: RetainedPage = { payloads: 0, more: false };

/**
 * Looks through one page of what was received before then, from where the last page ended. Every line is looked at
 * once, when it is old enough; and with it the one before it, which it replaced. Any number of processes may: one at a
 * time has the turn, and the others find nothing to do.
 */
export async function retainPage(db: Kysely<DocketDatabase>, beforeMs: number): Promise<RetainedPage> {
  return db.transaction().execute(async (tx) => {
    const retained = await takeTurn(tx);
    if (retained === null) return NOTHING;
    const lines = await readPage(tx, retained, beforeMs);
    const last = lines.at(-1);
    if (last === undefined) return NOTHING;
    const { payloads } = await dropPayloads(
      tx,
      lines.filter(({ told }) => told),
      beforeMs,
    );
    const { receivedAtMs, svixId } = last;
    await keepRetained(tx, { receivedAtMs, svixId, dropped: retained.dropped + payloads });
    return { payloads, more: lines.length === LINES_PER_PAGE };
  });
}

/** After which entity a page of them begins. */
export interface HeldPlace {
  readonly kind: string;
  readonly id: string;
}

export const FIRST_HELD: HeldPlace = { kind: "", id: "" };

/** Looks again at entities that were held back by a job. Gives the last of them; null: there are no more. */
export async function retainHeld(
  db: Kysely<DocketDatabase>,
  { after, beforeMs }: { readonly after: HeldPlace; readonly beforeMs: number },
): Promise<{ readonly payloads: number; readonly last: HeldPlace | null }> {
  return db.transaction().execute(async (tx) => {
    const retained = await takeTurn(tx);
    if (retained === null) return { payloads: 0, last: null };
    const refs = await readHeld(tx, after);
    let payloads = 0;
    for (const ref of refs) payloads += (await releasePage(tx, ref, beforeMs)).payloads;
    if (payloads > 0) await keepRetained(tx, { ...retained, dropped: retained.dropped + payloads });
    return { payloads, last: refs.length < HELD_PER_PAGE ? null : (refs.at(-1) ?? null) };
  });
}

/** One page of all that is old of an entity. It stays on the list while a job holds it, or when there is more. */
async function releasePage(tx: Tx, ref: EntityRef, beforeMs: number): Promise<Dropped> {
  const lines = await readLinesOf(tx, ref, beforeMs);
  const dropped = await dropPayloads(tx, lines, beforeMs);
  const isDone = lines.length < LINES_PER_PAGE || dropped.payloads === 0;
  if (isDone && dropped.held.length === 0) {
    await sql`delete from docket.chore where task = 'retain' and kind = ${ref.kind} and id = ${ref.id}`.execute(tx);
  }
  return dropped;
}

interface PageLine extends LineKey {
  readonly receivedAtMs: number;
  readonly told: boolean;
}

async function readPage(tx: Tx, { receivedAtMs, svixId }: Retained, beforeMs: number): Promise<readonly PageLine[]> {
  const { rows } = await sql<PageLine>`
    select l.entity_kind as kind, l.entity_id as id, l.svix_id as "svixId",
      ${msOf("l.received_at")} as "receivedAtMs", l.told and not l.is_deletion as told
    from docket.log l
    where (l.received_at, l.svix_id) > (${instant(receivedAtMs)}, ${svixId}) and l.received_at < ${instant(beforeMs)}
    order by l.received_at, l.svix_id limit ${LINES_PER_PAGE}`.execute(tx);
  return rows;
}

async function readHeld(tx: Tx, { kind, id }: HeldPlace): Promise<readonly EntityRef[]> {
  const { rows } = await sql<EntityRef>`
    select c.kind, c.id from docket.chore c where c.task = 'retain' and (c.kind, c.id) > (${kind}, ${id})
    order by c.kind, c.id limit ${HELD_PER_PAGE}`.execute(tx);
  return rows;
}

async function readLinesOf(tx: Tx, { kind, id }: EntityRef, beforeMs: number): Promise<readonly LineKey[]> {
  const { rows } = await sql<LineKey>`
    select l.entity_kind as kind, l.entity_id as id, l.svix_id as "svixId" from docket.log l
    where l.told and not l.is_deletion and l.entity_kind = ${kind} and l.entity_id = ${id}
      and l.payload <> '' and l.received_at < ${instant(beforeMs)}
    order by l.as_of_ms limit ${LINES_PER_PAGE}`.execute(tx);
  return rows;
}
