import { Effect } from "effect";
import { type Kysely, sql } from "kysely";
import { type DatabaseError, toDatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { msOf } from "../store/sql.ts";

type Db = Kysely<DocketDatabase>;

/** This process's turn to reconcile. Times are the database's, milliseconds since the Unix epoch. */
export interface Turn {
  readonly run: string;
  readonly startedMs: number;
  /** When the last run over everything began; null if there was none. */
  readonly fullMs: number | null;
  /** When the last run of any kind began. */
  readonly lookedMs: number | null;
}

/** A process that says nothing for so long has lost its turn. */
export const LEASE_MS = 120_000;

/** The turn, if a reconcile is due and no process is at it. The first one is due at once. */
export function takeTurn(db: Db, run: string): Effect.Effect<Turn | null, DatabaseError> {
  return writing(async () => {
    await sql`insert into docket.reconcile (due_at) values (now()) on conflict do nothing`.execute(db);
    const { rows } = await sql<Omit<Turn, "run">>`
      update docket.reconcile set run = ${run}::uuid, leased_until = now() + ${LEASE_MS} * interval '1 millisecond'
      where due_at <= now() and (leased_until is null or leased_until < now())
      returning ${msOf("now()")} as "startedMs", ${msOf("full_at")} as "fullMs", ${msOf("looked_at")} as "lookedMs"`.execute(
      db,
    );
    const [row] = rows;
    return row === undefined ? null : { run, ...row };
  });
}

/** Keeps the turn; false if it is another's by now. */
export function keepTurn(db: Db, { run }: Turn): Effect.Effect<boolean, DatabaseError> {
  return writing(async () => {
    const { rows } = await sql`
      update docket.reconcile set leased_until = now() + ${LEASE_MS} * interval '1 millisecond'
      where run = ${run}::uuid returning one`.execute(db);
    return rows.length === 1;
  });
}

/** Ends a turn that went well: the next is due so long after it began. */
export function endTurn(
  db: Db,
  { run, startedMs }: Turn,
  { isFull, everyMs }: { readonly isFull: boolean; readonly everyMs: number },
): Effect.Effect<void, DatabaseError> {
  const began = sql`'epoch'::timestamptz + ${startedMs}::bigint * interval '1 millisecond'`;
  return writing(() =>
    sql`
      update docket.reconcile set run = null, leased_until = null, looked_at = ${began},
        full_at = case when ${isFull}::boolean then ${began} else full_at end,
        due_at = ${began} + ${everyMs}::bigint * interval '1 millisecond'
      where run = ${run}::uuid`.execute(db),
  );
}

/** Gives up a turn that did not end well: it is due again so long from now. */
export function leaveTurn(db: Db, { run }: Turn, dueInMs: number): Effect.Effect<void, DatabaseError> {
  return writing(() =>
    sql`
      update docket.reconcile set run = null, leased_until = null,
        due_at = now() + ${dueInMs}::bigint * interval '1 millisecond'
      where run = ${run}::uuid`.execute(db),
  );
}

function writing<A>(write: () => Promise<A>): Effect.Effect<A, DatabaseError> {
  return Effect.tryPromise({
    try: write,
    catch: (cause) => toDatabaseError("note whose turn it is to reconcile", cause),
  });
}
