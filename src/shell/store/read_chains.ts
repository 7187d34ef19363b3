import { type RawBuilder, sql } from "kysely";
import { type EntityRef, type Indexed, isSealed, newestOf, type Policy, refKey, type Told } from "../../core/mod.ts";
import { askJobs, jobsFrom } from "./jobs.ts";
import { readAll } from "./pipeline.ts";
import { msOf, recordset, type Tx } from "./sql.ts";
import { readTold, type ToldRow } from "./told_row.ts";

/** Messages read for one batch. Far above what a batch of late messages needs; a bound, not a page. */
const MESSAGES_MAX = 50_000;

/** What of an entity's chain a batch can change. */
export interface ChainWindow {
  readonly indexed: Indexed;
  /** The groups that messages of the batch fall into; empty where only the end can change. */
  readonly asOfMs: readonly number[];
}

/**
 * Asks the log for the neighbouring groups of each change. An entity that only grows at its end, as almost all do,
 * needs its newest group alone. A policy of `once` asks the whole chain, unless it only grows.
 */
function askChains(asked: readonly Question[]): RawBuilder<ToldRow> {
  return sql<ToldRow>`
    with asked as (
      select * from ${recordset(asked, "kind text, id text, at_ms bigint, neighbours boolean, whole boolean")}
    ), groups as (
      select kind, id, at_ms from asked where not whole
      union
      select kind, id, (select max(p.as_of_ms) from docket.log p where p.told and not p.is_deletion
        and p.entity_kind = kind and p.entity_id = id and p.as_of_ms < at_ms) from asked where neighbours and not whole
      union
      select kind, id, (select min(n.as_of_ms) from docket.log n where n.told and not n.is_deletion
        and n.entity_kind = kind and n.entity_id = id and n.as_of_ms > at_ms) from asked where neighbours and not whole
    ), found as (
      select l.* from groups g cross join lateral (select * from docket.log l where l.told and not l.is_deletion
        and l.entity_kind = g.kind and l.entity_id = g.id and l.as_of_ms = g.at_ms offset 0) l
      union all
      select l.* from (select distinct kind, id from asked) a cross join lateral (select * from docket.log l
        where l.told and l.is_deletion and l.entity_kind = a.kind and l.entity_id = a.id offset 0) l
      union all
      select l.* from (select distinct kind, id from asked where whole) a cross join lateral (select * from docket.log l
        where l.told and not l.is_deletion and l.entity_kind = a.kind and l.entity_id = a.id offset 0) l
    )
    select entity_kind, entity_id, svix_id, type, source, as_of_ms, rank, timestamp_ms, is_deletion, payload,
      ${msOf("received_at")} as received_at_ms
    from found limit ${MESSAGES_MAX}`;
}

function chainsFrom(rows: readonly ToldRow[]): ReadonlyMap<string, readonly Told[]> {
  const chains = new Map<string, Told[]>();
  for (const row of rows) {
    const key = refKey({ kind: row.entity_kind, id: row.entity_id });
    const chain = chains.get(key);
    if (chain === undefined) chains.set(key, [readTold(row)]);
    else chain.push(readTold(row));
  }
  return chains;
}

/** The entities with their chains, as far as this batch can change them, and their jobs. Their heads are locked. */
export async function readMembers(
  tx: Tx,
  windows: readonly ChainWindow[],
  policies: readonly Policy[],
): Promise<readonly Indexed[]> {
  // What was never heard of has no chain and wants nothing yet.
  const known = windows.filter(({ indexed }) => indexed.entity._tag !== "Absent");
  const living = known.filter(({ indexed }) => !isSealed(indexed.entity));
  const asked = living.flatMap((it) => questionsOf(it, policies));
  const refs = known.map(({ indexed }) => indexed.ref);
  const [told, recorded] = await readAll(tx, [
    asked.length === 0 ? null : askChains(asked),
    refs.length === 0 ? null : askJobs(refs),
  ] as const);
  const chains = chainsFrom(told);
  const jobs = jobsFrom(recorded);
  return windows.map(({ indexed }) => {
    const key = refKey(indexed.ref);
    return { ...indexed, told: chains.get(key) ?? [], jobs: jobs.get(key) ?? [] };
  });
}

interface Question extends EntityRef {
  readonly at_ms: number;
  readonly neighbours: boolean;
  readonly whole: boolean;
}

function questionsOf({ indexed, asOfMs }: ChainWindow, policies: readonly Policy[]): readonly Question[] {
  const { ref, entity } = indexed;
  const newestMs = newestOf(entity)?.asOfMs;
  if (newestMs === undefined) return [];
  const isGrowth = entity._tag === "Live" && asOfMs.length > 0 && asOfMs.every((it) => it > newestMs);
  const whole = !isGrowth && policies.some(({ options }) => options.kind === ref.kind && options.once === true);
  const groups = whole || isGrowth ? [newestMs] : [...new Set([...asOfMs, newestMs])];
  return groups.map((at_ms) => ({
    kind: ref.kind,
    id: ref.id,
    at_ms,
    neighbours: !isGrowth && asOfMs.includes(at_ms),
    whole,
  }));
}
