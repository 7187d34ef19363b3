import { type RawBuilder, sql } from "kysely";
import {
  type Changed,
  type Deleted,
  type EntityRef,
  type Filed,
  type Index,
  type InstanceGuard,
  isForeign,
  type Message,
  type OnDelete,
  type Policy,
  refKey,
} from "../../core/mod.ts";
import { type HeadRow, indexedFrom, inKeyOrder, isRootKind, lockKnown } from "./heads.ts";
import { readAll } from "./pipeline.ts";
import { readMembers } from "./read_chains.ts";
import { msOf, recordset, type Tx } from "./sql.ts";

/** Children ended in the transaction of their parents' deletions, in all. The rest follows in pages, by chores. */
const CHILDREN_PER_BATCH_MAX = 1_000;

/** What is stored of the configuration, that decisions depend on. */
export interface SliceSettings {
  readonly guard: InstanceGuard;
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
}

/** The slice of the index that a batch touches. */
export interface Slice extends Index {
  /** Entities that are named and not on file. They were not locked, since there was nothing to lock. */
  readonly unheard: readonly EntityRef[];
}

/**
 * Reads, under lock, all that deciding about these messages needs: the slice of the index that they touch.
 *
 * The order of locks is the same in every transaction: heads of parents, then heads of children, each in key order.
 * The ledger is read after them, so that a copy of a message that another process commits meanwhile is seen.
 */
export async function readSlice(tx: Tx, messages: readonly Message[], settings: SliceSettings): Promise<Slice> {
  const named = namedIn(messages, settings);
  const refs = named.map(({ ref }) => ref);
  const dying = named.filter((it) => it._tag === "Deleted").map(({ ref }) => ref);
  const { keys, rows, families, ledger } = await lockAll(tx, messages, {
    roots: inKeyOrder([...refs.filter(isRootKind), ...named.flatMap(({ parents }) => parents)]),
    others: refs.filter((ref) => !isRootKind(ref)),
    dying: inKeyOrder(dying.filter(isRootKind)),
  });
  const heads = rows.map(indexedFrom);
  const children = [...families.values()].flatMap((family) => family.children);
  const wired = new Set([...refs, ...children].map(refKey));
  const changed = Map.groupBy(
    named.filter((it) => it._tag === "Changed"),
    ({ ref }) => refKey(ref),
  );
  const windows = heads
    .filter(({ ref }) => wired.has(refKey(ref)))
    .map((indexed) => ({
      indexed,
      asOfMs: changed.get(refKey(indexed.ref))?.map(({ version }) => version.asOfMs) ?? [],
    }));
  const entities = new Map(heads.map((indexed) => [refKey(indexed.ref), indexed]));
  for (const indexed of await readMembers(tx, windows, settings.policies)) {
    const key = refKey(indexed.ref);
    entities.set(key, { ...indexed, ...families.get(key) });
  }
  const unheard = keys.filter((ref) => !entities.has(refKey(ref)));
  return { ...settings, ledger: ledgerFrom(ledger), entities, unheard };
}

/** The slice if nothing of it is on file: without a question. If something is, writing it fails on a key, as in a race. */
export function unheardSlice(messages: readonly Message[], settings: SliceSettings): Slice {
  const unheard = inKeyOrder(namedIn(messages, settings).map(({ ref }) => ref));
  return { ...settings, ledger: new Map(), entities: new Map(), unheard };
}

/** A foreign message changes nothing: it must not even leave a placeholder. */
function namedIn(messages: readonly Message[], { guard }: SliceSettings): readonly (Changed | Deleted)[] {
  return messages.filter(
    (it): it is Changed | Deleted =>
      (it._tag === "Changed" || it._tag === "Deleted") && !isForeign(guard, it.instanceId),
  );
}

interface Locking {
  readonly roots: readonly EntityRef[];
  readonly others: readonly EntityRef[];
  /** Those of the roots that die. */
  readonly dying: readonly EntityRef[];
}

interface Locked {
  /** All that were to be locked. */
  readonly keys: readonly EntityRef[];
  /** Those of them that are on file. */
  readonly rows: readonly HeadRow[];
  readonly families: ReadonlyMap<string, Family>;
  readonly ledger: readonly LedgerRow[];
}

/** In one round trip, unless a parent dies: whose children are to be locked too is known when it is locked itself. */
async function lockAll(tx: Tx, messages: readonly Message[], { roots, others, dying }: Locking): Promise<Locked> {
  if (dying.length === 0) {
    const keys = [...roots, ...inKeyOrder(others)];
    const [rows, ledger] = await readAll(tx, [keys.length === 0 ? null : lockKnown(keys), askLedger(messages)]);
    return { keys, rows, families: new Map(), ledger };
  }
  const [first] = await readAll(tx, [lockKnown(roots)]);
  const families = await readChildren(tx, dying);
  const rest = inKeyOrder([...others, ...[...families.values()].flatMap((family) => family.children)]);
  const [then, ledger] = await readAll(tx, [rest.length === 0 ? null : lockKnown(rest), askLedger(messages)]);
  return { keys: [...roots, ...rest], rows: [...first, ...then], families, ledger };
}

interface Family {
  readonly children: readonly EntityRef[];
  readonly childrenComplete: boolean;
}

/**
 * Children of the parents that die, as many as one transaction may end. Of the parent where the limit falls some are
 * read, of those after it none: they are told apart from the childless by `childrenComplete`.
 */
async function readChildren(tx: Tx, parents: readonly EntityRef[]): Promise<ReadonlyMap<string, Family>> {
  const asked = parents.map(({ kind, id }, place) => ({ kind, id, place }));
  const { rows } = await sql<{ place: number; kind: EntityRef["kind"]; id: string }>`
    select x.place, l.child_kind as kind, l.child_id as id
    from ${recordset(asked, "kind text, id text, place integer")}
    cross join lateral (
      select child_kind, child_id from docket.link
      where parent_kind = x.kind and parent_id = x.id
      order by child_kind, child_id
      limit ${CHILDREN_PER_BATCH_MAX + 1}) l
    order by x.place, l.child_kind, l.child_id
    limit ${CHILDREN_PER_BATCH_MAX + 1}`.execute(tx);
  const cutAt = rows.length > CHILDREN_PER_BATCH_MAX ? (rows[CHILDREN_PER_BATCH_MAX]?.place ?? 0) : parents.length;
  const children = Map.groupBy(rows.slice(0, CHILDREN_PER_BATCH_MAX), ({ place }) => place);
  return new Map(
    parents.map((parent, place) => [
      refKey(parent),
      {
        children: children.get(place)?.map(({ kind, id }) => ({ kind, id })) ?? [],
        childrenComplete: place < cutAt,
      },
    ]),
  );
}

function askLedger(messages: readonly Message[]): RawBuilder<LedgerRow> {
  const ids = [...new Set(messages.map(({ svixId }) => svixId))].map((svix_id) => ({ svix_id }));
  return sql<LedgerRow>`
    select m.svix_id, m.outcome, m.body_hash, ${msOf("l.received_at")} as received_at_ms
    from ${recordset(ids, "svix_id text")}
    cross join lateral (select * from docket.message m where m.svix_id = x.svix_id offset 0) m
    cross join lateral (select l.received_at from docket.log l where l.entity_kind = m.entity_kind
      and l.entity_id = m.entity_id and l.svix_id = m.svix_id offset 0) l`;
}

function ledgerFrom(rows: readonly LedgerRow[]): ReadonlyMap<string, Filed> {
  return new Map(
    rows.map(({ svix_id, outcome, body_hash, received_at_ms }) => [
      svix_id,
      { outcome, bodyHash: body_hash, receivedAtMs: received_at_ms },
    ]),
  );
}

interface LedgerRow {
  readonly svix_id: string;
  readonly outcome: Filed["outcome"];
  readonly body_hash: string;
  readonly received_at_ms: number;
}
