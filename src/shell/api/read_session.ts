import type { Effect } from "effect";
import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import { isName } from "./query.ts";
import { type ReadError, reading } from "./read_error.ts";

/** Whether a session may be trusted now. */
export interface SessionActivity {
  readonly id: string;
  readonly active: boolean;
  /** As Clerk last said; null when the session is known from its end alone. */
  readonly status: string | null;
  readonly userId: string | null;
}

/**
 * Whether a session is active at this moment: it is live, Clerk last called it active, its times are not up, and its
 * user is not deleted, banned, locked or switched off. Two look-ups by primary key. Null: there is no such session.
 */
export function findSessionActivity(id: string): Effect.Effect<SessionActivity | null, ReadError, Database> {
  return reading(async (db) => {
    if (!isName(id)) return null;
    const { rows } = await sql<SessionActivity>`
      select s.id, s.status, s.user_id as "userId",
        s.deleted_at is null and s.status is not distinct from 'active'
        and coalesce(s.expire_at > now(), true) and coalesce(s.abandon_at > now(), true)
        and u.deleted_at is null and u.banned is not true and u.locked is not true
        and u.deprovisioned is not true as active
      from clerk.sessions s left join clerk.users u on u.id = s.user_id
      where s.id = ${id}`.execute(db);
    return rows[0] ?? null;
  });
}
