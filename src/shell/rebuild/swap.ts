import { type Kysely, sql } from "kysely";
import { type EntityRef, KINDS, type Kind, type OnDelete, PARENT_KINDS } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { leaveChores } from "../store/chores.ts";
import { lockHeads } from "../store/heads.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { HEAD_SEEN, noteEntities, readSideSignIns, TOLD_SEEN } from "./build.ts";
import { foldEntities } from "./fold_entities.ts";
import { deleteStrays, putAside, putLive, sideRows } from "./put_rows.ts";
import { checkSide } from "./side_schema.ts";

export interface SwapOptions {
  readonly run: string;
  readonly onDelete: OnDelete;
  /** Gives up, and leaves all as it was, when the locks were held this long, milliseconds. */
  readonly holdLimitMs: number;
}

export interface Swapped {
  readonly entities: number;
  /** Made again under lock, since messages about them came meanwhile. */
  readonly caughtUp: number;
  /** How long messages about these entities had to wait, milliseconds. */
  readonly heldMs: number;
}

/** The swap held its locks for as long as it may, and was taken back. */
export class SwapTooLong extends Error {
  override readonly name = "SwapTooLong";
}

/** Entities per statement: each must be done in far less than a statement's limit. */
const LOCKED_AT_ONCE = 2_000;
const PUT_AT_ONCE = 500;
const FOLDED_AT_ONCE = 200;

/** As ingest locks them: parents before children, each in key order. */
const LOCK_ORDER: readonly Kind[] = [
  ...KINDS.filter((kind) => PARENT_KINDS[kind].length === 0).sort(),
  ...KINDS.filter((kind) => PARENT_KINDS[kind].length > 0).sort(),
];

/**
 * Puts what was made anew in the place of what differs, in one transaction. It locks the heads of those entities and of
 * their parents, as whoever takes in a message does: none is lost, and those about other entities do not wait. What
 * changed since it was made is made again under the lock. Jobs are neither planned nor run nor withdrawn.
 *
 * @throws {RebuildOvertaken} If another rebuild began meanwhile.
 * @throws {SwapTooLong} After `holdLimitMs`; nothing is changed then.
 */
export function swap(db: Kysely<DocketDatabase>, { run, onDelete, holdLimitMs }: SwapOptions): Promise<Swapped> {
  return db.transaction().execute(async (tx) => {
    await checkSide(tx, run);
    const startMs = performance.now();
    const check = (): void => {
      if (performance.now() - startMs > holdLimitMs) throw new SwapTooLong();
    };
    for (const kind of LOCK_ORDER) {
      for await (const refs of pages(kind, (at) => readLocked(tx, at))) {
        await lockHeads(tx, refs);
        check();
      }
    }
    let caughtUp = 0;
    // Links of sessions first: by them the sign-ins of users are found.
    for (const kind of LOCK_ORDER.toReversed()) {
      for await (const refs of pages(kind, (at) => readDiffering(tx, at, FOLDED_AT_ONCE))) {
        const moved = await readMoved(tx, refs);
        caughtUp += moved.length;
        await makeAgain(tx, { kind, refs: moved, onDelete });
        check();
      }
    }
    for await (const users of pages("user", (at) => readDiffering(tx, at, PUT_AT_ONCE))) await deleteStrays(tx, users);
    let entities = 0;
    for (const kind of LOCK_ORDER) {
      for await (const refs of pages(kind, (at) => readDiffering(tx, at, PUT_AT_ONCE))) {
        entities += refs.length;
        await putLive(tx, { kind, entities: await readLost(tx, refs), source: sideRows(refs) });
        await leaveChores(tx, "seal", await readUnsealed(tx, refs));
        check();
      }
    }
    return { entities, caughtUp, heldMs: Math.round(performance.now() - startMs) };
  });
}

interface Again {
  readonly kind: Kind;
  readonly refs: readonly EntityRef[];
  readonly onDelete: OnDelete;
}

/** Under lock: what was made before more messages came. One that waits for a chore stays as it is. */
async function makeAgain(tx: Tx, { kind, refs, onDelete }: Again): Promise<void> {
  if (refs.length === 0) return;
  const signIns = kind === "user" ? await readSideSignIns(tx, refs) : new Map<string, number>();
  const { entities } = await foldEntities(tx, { kind, refs, onDelete, signIns });
  await sql`
    update docket_rebuild.entity e set differs = false from ${recordset(refs, "kind text, id text")}
    where e.kind = x.kind and e.id = x.id`.execute(tx);
  await putAside(
    tx,
    entities.map(({ rows }) => rows),
    { kind, fresh: false },
  );
  await noteEntities(tx, entities);
}

/** Where a page of ids begins. */
interface At {
  readonly kind: Kind;
  readonly after: string;
}

/** Pages by id, until one is empty. */
async function* pages(
  kind: Kind,
  read: (at: At) => Promise<readonly EntityRef[]>,
): AsyncGenerator<readonly EntityRef[]> {
  for (let page = await read({ kind, after: "" }); page.length > 0; ) {
    yield page;
    page = await read({ kind, after: page.at(-1)?.id ?? "" });
  }
}

async function readDiffering(tx: Tx, { kind, after }: At, size: number): Promise<readonly EntityRef[]> {
  const { rows } = await sql<EntityRef>`
    select e.kind, e.id from docket_rebuild.entity e where e.differs and e.kind = ${kind} and e.id > ${after}
    order by e.id limit ${size}`.execute(tx);
  return rows;
}

/** Those that differ, and the parents of such. */
async function readLocked(tx: Tx, { kind, after }: At): Promise<readonly EntityRef[]> {
  const { rows } = await sql<{ id: string }>`
    (select e.id from docket_rebuild.entity e where e.differs and e.kind = ${kind} and e.id > ${after}
      order by e.id limit ${LOCKED_AT_ONCE})
    union
    (select distinct l.parent_id from docket_rebuild.link l
      join docket_rebuild.entity e on e.kind = l.child_kind and e.id = l.child_id and e.differs
      where l.parent_kind = ${kind} and l.parent_id > ${after} order by l.parent_id limit ${LOCKED_AT_ONCE})
    order by 1 limit ${LOCKED_AT_ONCE}`.execute(tx);
  return rows.map(({ id }) => ({ kind, id }));
}

/** Those on which something was written since they were made. */
async function readMoved(tx: Tx, refs: readonly EntityRef[]): Promise<readonly EntityRef[]> {
  const { rows } = await sql<EntityRef>`
    select x.kind, x.id from ${recordset(refs, "kind text, id text")}
    join docket_rebuild.entity e on e.kind = x.kind and e.id = x.id
    left join docket.head h on h.kind = x.kind and h.id = x.id
    where e.head_seen is distinct from ${HEAD_SEEN} or e.told_seen <> ${TOLD_SEEN}`.execute(tx);
  return rows;
}

async function readLost(
  tx: Tx,
  refs: readonly EntityRef[],
): Promise<readonly { readonly ref: EntityRef; readonly lost: readonly string[] }[]> {
  const { rows } = await sql<EntityRef & { readonly lost: readonly string[] }>`
    select e.kind, e.id, e.lost from docket_rebuild.entity e
    join ${recordset(refs, "kind text, id text")} on e.kind = x.kind and e.id = x.id`.execute(tx);
  return rows.map(({ kind, id, lost }) => ({ ref: { kind, id }, lost }));
}

/** Deleted ones whose personal data waits to leave the log, or to be found to have to. */
async function readUnsealed(tx: Tx, refs: readonly EntityRef[]): Promise<readonly EntityRef[]> {
  const { rows } = await sql<EntityRef>`
    select h.kind, h.id from docket.head h
    join ${recordset(refs, "kind text, id text")} on h.kind = x.kind and h.id = x.id
    where h.erased and not h.sealed`.execute(tx);
  return rows;
}
