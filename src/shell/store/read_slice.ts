import { sql } from "kysely";
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
import { isRootKind, lockHeads } from "./heads.ts";
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

/**
 * Reads, under lock, all that deciding about these messages needs: the slice of the index that they touch.
 *
 * The order of locks is the same in every transaction: heads of parents, then heads of children, each in key order.
 * The ledger is read after them, so that a copy of a message that another process commits meanwhile is seen.
 */
export async function readSlice(tx: Tx, messages: readonly Message[], settings: SliceSettings): Promise<Index> {
  // A foreign message changes nothing: it must not even leave a placeholder.
  const named = messages.filter(
    (it) => (it._tag === "Changed" || it._tag === "Deleted") && !isForeign(settings.guard, it.instanceId),
  ) as readonly (Changed | Deleted)[];
  const refs = named.map(({ ref }) => ref);
  const roots = await lockHeads(tx, [...refs.filter(isRootKind), ...named.flatMap(({ parents }) => parents)]);
  const dying = named.filter((it) => it._tag === "Deleted").map(({ ref }) => ref);
  const families = await readChildren(tx, dying);
  const children = [...families.values()].flatMap((family) => family.children);
  const others = await lockHeads(tx, [...refs.filter((ref) => !isRootKind(ref)), ...children]);
  const wired = new Set([...refs, ...children].map(refKey));
  const changed = Map.groupBy(
    named.filter((it) => it._tag === "Changed"),
    ({ ref }) => refKey(ref),
  );
  const heads = [...roots, ...others];
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
  return { ...settings, ledger: await readLedger(tx, messages), entities };
}

interface Family {
  readonly children: readonly EntityRef[];
  readonly childrenComplete: boolean;
}

/**
 * Children of the parents that die, as many as one transaction may end. Of the parent where the limit falls some are
 * read, of those after it none: they are told apart from the childless by `childrenComplete`.
 */
async function readChildren(tx: Tx, dying: readonly EntityRef[]): Promise<ReadonlyMap<string, Family>> {
  const parents = [...new Map(dying.filter(isRootKind).map((ref) => [refKey(ref), ref])).values()];
  if (parents.length === 0) return new Map();
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

async function readLedger(tx: Tx, messages: readonly Message[]): Promise<ReadonlyMap<string, Filed>> {
  const ids = [...new Set(messages.map(({ svixId }) => svixId))].map((svix_id) => ({ svix_id }));
  const { rows } = await sql<LedgerRow>`
    select m.svix_id, m.outcome, m.body_hash, ${msOf("l.received_at")} as received_at_ms
    from docket.message m
    join ${recordset(ids, "svix_id text")} on m.svix_id = x.svix_id
    join docket.log l on l.entity_kind = m.entity_kind and l.entity_id = m.entity_id and l.svix_id = m.svix_id`.execute(
    tx,
  );
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
