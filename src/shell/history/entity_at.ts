import type { Effect } from "effect";
import { type RawBuilder, sql } from "kysely";
import type { EntityRef, Json, Kind } from "../../core/mod.ts";
import { type ReadError, reading } from "../api/read_error.ts";
import type { Database } from "../database/database.ts";
import { msOf, type Tx } from "../store/sql.ts";
import { readTold, type ToldRow } from "../store/told_row.ts";
import { rowFrom } from "../verify/compare_tables.ts";
import type { Fields } from "../verify/difference.ts";
import { type Folded, foldEntity } from "../verify/fold.ts";
import type { LogLine } from "../verify/log_lines.ts";
import { readOnly } from "../verify/read_only.ts";
import { type Ending, type Kept, readEnding, readKept } from "./ending.ts";

/** An entity as it was then, by what is on file now. */
export interface EntityThen {
  readonly kind: Kind;
  readonly id: string;
  readonly state: "live" | "deleted";
  readonly deletedAt: Date | null;
  readonly version: number | null;
  /** The row by column, as the table would have had it; without `synced_at`. */
  readonly data: Readonly<Record<string, Json>>;
  readonly at: Date;
  /** The message that made it so: its version, or once deleted, its deletion. */
  readonly svixId: string;
  /** `erased`: without personal data, which left when it was deleted. `dropped`: retention took what it was. */
  readonly payload: "kept" | "erased" | "dropped";
  /** The deletion that ended it by then. */
  readonly ending: Ending | null;
}

/** It was not there yet, as far as is known. */
export interface NotYet {
  /** As of when its first version on file is; null: there is none at all. */
  readonly firstAt: Date | null;
}

export type Then = { readonly found: EntityThen } | NotYet;

/** Deletions with a body that are looked at: Clerk sends one. */
const LAST_WORDS_MAX = 20;

/**
 * The entity as of then: its newest version that is as of then or before, and deleted from the deletion on. By what
 * Clerk says of times, never by when its messages came: so one that came late has always been there.
 */
export function findEntityAt(ref: EntityRef, atMs: number): Effect.Effect<Then, ReadError, Database> {
  return reading((db) =>
    readOnly(db, async (tx) => {
      const kept = await readKept(tx, ref);
      if (kept === null) return { firstAt: null };
      const deletedAtMs = kept.tombstone?.deletedAtMs;
      const isDeleted = deletedAtMs !== undefined && deletedAtMs <= atMs;
      const lines = await readLines(tx, ref, atMs);
      if (lines.length === 0 && !isDeleted) return { firstAt: await readFirst(tx, ref) };
      const ending = isDeleted ? await readEnding(tx, ref, kept) : null;
      return { found: await showThen(tx, { ref, atMs, kept, lines, ending }) };
    }),
  );
}

interface Showing {
  readonly ref: EntityRef;
  readonly atMs: number;
  readonly kept: Kept;
  readonly lines: readonly LogLine[];
  readonly ending: Ending | null;
}

async function showThen(tx: Tx, { ref, atMs, kept, lines, ending }: Showing): Promise<EntityThen> {
  const tombstone = ending === null ? null : kept.tombstone;
  const folded: Folded = { ...foldEntity(ref, lines, new Map()), messages: Math.max(1, lines.length), tombstone };
  const instanceId = folded.newest === null ? (tombstone?.death.instanceId ?? null) : folded.instanceId;
  const head = { ...kept.head, signed_in_at_ms: await readSignedIn(tx, ref, { atMs, kept }) };
  const row = rowFrom({ ...folded, instanceId }, head) ?? {};
  return {
    kind: ref.kind,
    id: ref.id,
    state: ending === null ? "live" : "deleted",
    deletedAt: ending?.deletedAt ?? null,
    version: versionOf(row),
    data: { id: ref.id, ...row },
    at: new Date(atMs),
    svixId: ending?.svixId ?? folded.newest?.svixId ?? "",
    payload: kept.head.erased ? "erased" : folded.newest !== null && folded.body === null ? "dropped" : "kept",
    ending,
  };
}

function versionOf({ version_ms }: Fields): number | null {
  return typeof version_ms === "number" ? version_ms : null;
}

interface LineRow extends ToldRow {
  readonly instance_id: string | null;
}

/** What a row as of then can show: the newest version, and what deletions say of the entity. */
async function readLines(tx: Tx, ref: EntityRef, atMs: number): Promise<readonly LogLine[]> {
  const columns = sql`l.entity_kind, l.entity_id, l.svix_id, l.type, l.source, l.as_of_ms, l.rank, l.timestamp_ms,
    l.is_deletion, l.payload, l.instance_id, ${msOf("l.received_at")} as received_at_ms`;
  const { rows } = await sql<LineRow>`
    (select ${columns} from docket.log l
     where l.told and not l.is_deletion and ${isOf(ref)} and l.as_of_ms <= ${atMs}::bigint
     order by l.as_of_ms desc, l.rank desc, l.timestamp_ms desc, l.svix_id desc limit 1)
    union all
    (select ${columns} from docket.log l
     where l.told and l.is_deletion and ${isOf(ref)} and l.timestamp_ms <= ${atMs}::bigint
     order by l.timestamp_ms desc, l.svix_id desc limit ${LAST_WORDS_MAX})`.execute(tx);
  return rows.map((row) => ({ told: readTold(row), instanceId: row.instance_id }));
}

async function readFirst(tx: Tx, ref: EntityRef): Promise<Date | null> {
  const { rows } = await sql<{ first: number | null }>`
    select min(l.as_of_ms) as first from docket.log l
    where l.told and not l.is_deletion and ${isOf(ref)}`.execute(tx);
  const first = rows[0]?.first ?? null;
  return first === null ? null : new Date(first);
}

/** The latest sign-in by then that a session of the user tells of. */
async function readSignedIn(
  tx: Tx,
  { kind, id }: EntityRef,
  { atMs, kept }: { readonly atMs: number; readonly kept: Kept },
): Promise<number | null> {
  const { signed_in_at_ms: latest } = kept.head;
  if (kind !== "user" || latest === null || latest <= atMs) return latest;
  const { rows } = await sql<{ at: number | null }>`
    select ${msOf("max(s.created_at)")} as at from clerk.sessions s
    where s.user_id = ${id} and s.created_at <= ${new Date(atMs).toISOString()}::text::timestamptz`.execute(tx);
  return rows[0]?.at ?? null;
}

function isOf({ kind, id }: EntityRef): RawBuilder<boolean> {
  return sql`l.entity_kind = ${kind} and l.entity_id = ${id}`;
}
