import { sql } from "kysely";
import { type EntityRef, refKey } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { readTold, type ToldRow } from "../store/told_row.ts";

/** Sessions' messages read at once. */
const LINES_PER_PAGE = 2_000;

interface SessionLine extends ToldRow {
  readonly user_id: string;
}

/** The latest sign-in of each user that a session tells of, by user id: a session begins when its user signs in. */
export async function readSignIns(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, number>> {
  const users = refs.filter(({ kind }) => kind === "user").map(({ id }) => ({ id }));
  const latestMs = new Map<string, number>();
  let last: Pick<SessionLine, "user_id" | "entity_id" | "svix_id"> = { user_id: "", entity_id: "", svix_id: "" };
  for (let isDone = users.length === 0; !isDone; ) {
    const { rows } = await sql<SessionLine>`
      select k.parent_id as user_id, l.entity_kind, l.entity_id, l.svix_id, l.type, l.source, l.as_of_ms, l.rank,
        l.timestamp_ms, l.is_deletion, l.payload, (extract(epoch from l.received_at) * 1000)::bigint as received_at_ms
      from ${recordset(users, "id text")}
      join docket.link k on k.parent_kind = 'user' and k.parent_id = x.id and k.child_kind = 'session'
      join docket.log l on l.told and not l.is_deletion and l.entity_kind = 'session' and l.entity_id = k.child_id
      where (k.parent_id, l.entity_id, l.svix_id) > (${last.user_id}, ${last.entity_id}, ${last.svix_id})
      order by k.parent_id, l.entity_id, l.svix_id limit ${LINES_PER_PAGE}`.execute(tx);
    for (const row of rows) note(latestMs, row);
    last = rows.at(-1) ?? last;
    isDone = rows.length < LINES_PER_PAGE;
  }
  return new Map([...latestMs].map(([id, atMs]) => [refKey({ kind: "user", id }), atMs]));
}

function note(latestMs: Map<string, number>, row: SessionLine): void {
  const { body } = readTold(row);
  if (body?.kind !== "session" || body.value.userId !== row.user_id || body.value.createdAtMs === null) return;
  latestMs.set(row.user_id, Math.max(latestMs.get(row.user_id) ?? 0, body.value.createdAtMs));
}
