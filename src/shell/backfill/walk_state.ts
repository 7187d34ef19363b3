import { Data, Effect } from "effect";
import { type Kysely, sql } from "kysely";
import type { ObservableKind } from "../clerk/observation.ts";
import { type DatabaseError, toDatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { instantOf, msOf } from "../store/sql.ts";

/** How far the walk over a kind is. */
export interface WalkState {
  readonly kind: ObservableKind;
  /** Where the next page begins; null: at the beginning. */
  readonly position: string | null;
  readonly pages: number;
  /** Recorded so far; those on two pages count twice. */
  readonly entities: number;
  /** Of `total`: entities, or parents where each has a list of its own. */
  readonly done: number;
  /** Null until Clerk says. */
  readonly total: number | null;
  /** How many had each outcome. */
  readonly answers: Readonly<Record<string, number>>;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
}

/** Another process began to walk the same kind: it goes on from here. */
export class TakenOver extends Data.TaggedError("TakenOver")<{ readonly kind: ObservableKind }> {
  override get message(): string {
    return `Another backfill has taken over the walk over ${this.kind}: let one run at a time`;
  }
}

export interface BeginOptions {
  readonly kind: ObservableKind;
  readonly instanceId: string;
  /** Tells this process apart. */
  readonly run: string;
  /** From the beginning, whatever was done before. */
  readonly restart: boolean;
  readonly nowMs: number;
}

/** Takes the walk over a kind over where it stands, finished or not; or begins it, for another instance as well. */
export function beginWalk(
  db: Kysely<DocketDatabase>,
  { kind, instanceId, run, restart, nowMs }: BeginOptions,
): Effect.Effect<WalkState, DatabaseError> {
  return Effect.tryPromise({
    try: () =>
      db.transaction().execute(async (tx) => {
        await sql`
          delete from docket.backfill
          where kind = ${kind} and (${restart}::boolean or instance_id <> ${instanceId})`.execute(tx);
        const { rows } = await sql<WalkState>`
          insert into docket.backfill as b (kind, instance_id, run, started_at, moved_at)
          select ${kind}, ${instanceId}, ${run}::uuid, ${instantOf("n.now_ms")}, ${instantOf("n.now_ms")}
          from (select ${nowMs}::bigint as now_ms) as n
          on conflict (kind) do update set run = excluded.run
          returning b.kind, b.position, b.pages, b.entities, b.done, b.total, b.answers,
            ${msOf("b.started_at")} as "startedAtMs", ${msOf("b.finished_at")} as "finishedAtMs"`.execute(tx);
        return rows[0] as WalkState;
      }),
    catch: (cause) => toDatabaseError("begin the backfill", cause),
  });
}

/** Writes how far it is. Fails with `TakenOver`, and writes nothing, if another process walks the kind. */
export function moveWalk(
  db: Kysely<DocketDatabase>,
  state: WalkState,
  { run, nowMs }: { readonly run: string; readonly nowMs: number },
): Effect.Effect<void, DatabaseError | TakenOver> {
  const { kind, position, pages, entities, done, total, answers, finishedAtMs } = state;
  return Effect.tryPromise({
    try: async () => {
      const { rows } = await sql`
        update docket.backfill b set
          position = ${position}, pages = ${pages}::integer, entities = ${entities}::bigint, done = ${done}::bigint,
          total = ${total}::bigint, answers = ${JSON.stringify(answers)}::text::jsonb,
          moved_at = ${instantOf("n.now_ms")}, finished_at = ${instantOf("n.end_ms")}
        from (select ${nowMs}::bigint as now_ms, ${finishedAtMs}::bigint as end_ms) as n
        where b.kind = ${kind} and b.run = ${run}::uuid
        returning b.kind`.execute(db);
      return rows.length;
    },
    catch: (cause) => toDatabaseError("write how far the backfill is", cause),
  }).pipe(Effect.flatMap((moved) => (moved === 1 ? Effect.void : Effect.fail(new TakenOver({ kind })))));
}
