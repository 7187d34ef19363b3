import { Cause, Duration, Effect, Layer, Schedule } from "effect";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import {
  applyToDraft,
  buryChildren,
  type DocketEffect,
  draftOf,
  type EntityRef,
  type Index,
  type Indexed,
  type OnDelete,
  type Policy,
  refKey,
  sealWhenDone,
  tombstoneOf,
} from "../../core/mod.ts";
import { Database } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { SweptTask } from "./chores.ts";
import { erasePayloads } from "./erase_payloads.ts";
import { describeFault } from "./fault.ts";
import { lockHeads } from "./heads.ts";
import { readMembers } from "./read_chains.ts";
import type { Tx } from "./sql.ts";
import { writeEffects } from "./write_effects.ts";

export interface Chore {
  readonly task: SweptTask;
  readonly kind: EntityRef["kind"];
  readonly id: string;
  readonly child_kind: string;
  readonly child_id: string;
  /** Which writing of it was read: one that was left anew meanwhile is another. */
  readonly seen: string;
}

/** What ending children depends on. */
export interface SweepSettings {
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
}

/** Children ended in one transaction. */
const CHILDREN_PER_PAGE = 500;
/** Chores looked at in one sweep. */
const CHORES_MAX = 100;
const IDLE = Duration.seconds(1);

/**
 * Does in pages what transactions left undone: ends the children of deleted parents that have very many, erases long
 * histories, and takes the personal data of the deleted away once their last job is done. Any number of processes may sweep: the entity's head lock lets one of them at it at a time.
 */
export function sweeperLayer(settings: SweepSettings): Layer.Layer<never, never, Database> {
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const { db } = yield* Database;
      const run = Effect.runForkWith(yield* Effect.context<never>());
      const page = Effect.uninterruptible(
        Effect.promise(() =>
          sweepPage(db, settings, ({ task, kind, id }, cause) => {
            run(Effect.logWarning("Chore failed, will try again", { task, kind, id, ...describeFault(cause) }));
          }),
        ),
      );
      yield* page.pipe(
        Effect.repeat({ while: (swept) => swept }),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.logWarning("Sweep failed, will try again", describeFault(Cause.squash(cause))),
        ),
        Effect.repeat(Schedule.spaced(IDLE)),
        Effect.forkScoped,
      );
    }),
  );
}

/** Does one page of one chore. False when there was none to be done. One that fails is passed over, and logged. */
export async function sweepPage(
  db: Kysely<DocketDatabase>,
  settings: SweepSettings,
  onFailure: (chore: Chore, cause: unknown) => void = rethrow,
): Promise<boolean> {
  for (const chore of await listChores(db)) {
    try {
      await db.transaction().execute((tx) => doPage(tx, chore, settings));
      return true;
    } catch (cause) {
      onFailure(chore, cause);
    }
  }
  return false;
}

async function doPage(tx: Tx, chore: Chore, settings: SweepSettings): Promise<void> {
  const [head] = await lockHeads(tx, [chore]);
  // Under the lock now: another process may have done a page meanwhile.
  const current = await readChore(tx, chore);
  if (current === null || head === undefined) return;
  switch (current.task) {
    case "erase": {
      const more = await erasePayloads(tx, [head.ref]);
      if (more.length === 0) await removeChore(tx, current);
      return;
    }
    case "seal": {
      const members = await readMembers(tx, [{ indexed: head, asOfMs: [] }], settings.policies);
      const effects = members.flatMap((member) => sealWhenDone(member, settings.onDelete));
      await carryOut(tx, effects, { members, settings });
      return removeChore(tx, current);
    }
    case "cascade":
      return buryPage(tx, current, { head, settings });
    default:
      current.task satisfies never;
  }
}

interface Burying {
  readonly head: Indexed;
  readonly settings: SweepSettings;
}

async function buryPage(tx: Tx, current: Chore, { head, settings }: Burying): Promise<void> {
  const tombstone = tombstoneOf(head.entity);
  if (tombstone === null) return removeChore(tx, current);
  const children = await readPage(tx, current);
  const locked = (await lockHeads(tx, children)).map((indexed) => ({ indexed, asOfMs: [] }));
  const members = await readMembers(tx, locked, settings.policies);
  await carryOut(tx, buryChildren({ children: members, ...settings }, tombstone), { members, settings });
  const last = children.at(-1);
  if (children.length < CHILDREN_PER_PAGE || last === undefined) await removeChore(tx, current);
  else await moveChore(tx, current, last);
}

interface CarryOutOptions {
  readonly members: readonly Indexed[];
  readonly settings: SweepSettings;
}

async function carryOut(
  tx: Tx,
  effects: readonly DocketEffect[],
  { members, settings }: CarryOutOptions,
): Promise<void> {
  const before: Index = {
    guard: { _tag: "Listed", instanceIds: [] },
    ...settings,
    ledger: new Map(),
    entities: new Map(members.map((it) => [refKey(it.ref), it])),
  };
  const after = draftOf(before);
  for (const effect of effects) applyToDraft(after, effect);
  await writeEffects(tx, effects, { before, after });
}

function rethrow(_chore: Chore, cause: unknown): void {
  throw cause;
}

async function listChores(db: Kysely<DocketDatabase>): Promise<readonly Chore[]> {
  const { rows } = await sql<Chore>`
    select task, kind, id, child_kind, child_id, xmin::text as seen from docket.chore
    where task <> 'retain' order by task, kind, id limit ${CHORES_MAX}`.execute(db);
  return rows;
}

async function readChore(tx: Tx, { task, kind, id }: Chore): Promise<Chore | null> {
  const { rows } = await sql<Chore>`
    select task, kind, id, child_kind, child_id, xmin::text as seen from docket.chore
    where task = ${task} and kind = ${kind} and id = ${id}`.execute(tx);
  return rows[0] ?? null;
}

async function readPage(tx: Tx, chore: Chore): Promise<readonly EntityRef[]> {
  const { rows } = await sql<EntityRef>`
    select child_kind as kind, child_id as id from docket.link
    where parent_kind = ${chore.kind} and parent_id = ${chore.id}
      and (child_kind, child_id) > (${chore.child_kind}, ${chore.child_id})
    order by child_kind, child_id limit ${CHILDREN_PER_PAGE}`.execute(tx);
  return rows;
}

async function moveChore(tx: Tx, { task, kind, id, seen }: Chore, last: EntityRef): Promise<void> {
  await sql`
    update docket.chore set child_kind = ${last.kind}, child_id = ${last.id}
    where task = ${task} and kind = ${kind} and id = ${id} and xmin::text = ${seen}`.execute(tx);
}

async function removeChore(tx: Tx, { task, kind, id, seen }: Chore): Promise<void> {
  await sql`
    delete from docket.chore
    where task = ${task} and kind = ${kind} and id = ${id} and xmin::text = ${seen}`.execute(tx);
}
