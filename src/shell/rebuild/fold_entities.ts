import { sql } from "kysely";
import { type EntityRef, type Kind, type OnDelete, refKey } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { PARTS, type PartTable } from "../tables/mod.ts";
import { compareChanges, readChanges } from "../verify/compare_changes.ts";
import { compareHead, compareLinks, type HeadRow, readHeads } from "../verify/compare_head.ts";
import { compareTables } from "../verify/compare_tables.ts";
import { compareRows, type Difference } from "../verify/difference.ts";
import type { Folded } from "../verify/fold.ts";
import { foldPage } from "../verify/fold_page.ts";
import { readLogLines } from "../verify/log_lines.ts";
import { readSignIns } from "../verify/sign_ins.ts";
import { isReadable } from "../verify/verify.ts";
import { type EntityRows, type EntityRowsOptions, entityRows, headOf } from "./entity_rows.ts";

/** An entity made anew, and what of it is on file otherwise. */
export interface Refolded {
  readonly rows: EntityRows;
  readonly differences: readonly Difference[];
}

export interface RefoldedPage {
  readonly entities: readonly Refolded[];
  readonly messages: number;
  /** Entities left out, since the deletion of a parent has yet to reach them. */
  readonly waiting: number;
  /** Entities left as they are, since the payload of their newest version is gone. */
  readonly kept: number;
}

export interface RefoldOptions {
  readonly kind: Kind;
  readonly refs: readonly EntityRef[];
  readonly onDelete: OnDelete;
  /** Sign-ins known besides those that links lead to, by `refKey` of the user. @default none */
  readonly signIns?: ReadonlyMap<string, number>;
}

/** Makes these entities, all of one kind, anew from the log, and compares them with the tables. Writes nothing. */
export async function foldEntities(
  tx: Tx,
  { kind, refs, onDelete, signIns = new Map() }: RefoldOptions,
): Promise<RefoldedPage> {
  const lines = await readLogLines(tx, refs);
  const { folds, waiting } = await foldPage(tx, refs, lines);
  const ready = folds.filter(isReadable);
  const readyRefs = ready.map(({ ref }) => ref);
  const heads = await readHeads(tx, readyRefs);
  const linked = await readSignIns(tx, readyRefs);
  const sealed = await readSealed(tx, readyRefs);
  const changes = await readChanges(tx, readyRefs);
  const optionsOf = (key: string): EntityRowsOptions => {
    const times = [linked.get(key), signIns.get(key)].filter((it) => it !== undefined);
    return {
      head: heads.get(key) ?? null,
      lines: lines.get(key) ?? [],
      onDelete,
      signedInAtMs: times.length === 0 ? null : Math.max(...times),
      sealed: sealed.has(key),
    };
  };
  const wanted = new Map(
    ready.map((folded): readonly [string, HeadRow] => {
      const key = refKey(folded.ref);
      return [key, headOf(folded, optionsOf(key))];
    }),
  );
  const inTables = await compareTables(tx, { kind, folds: ready }, wanted);
  const inLinks = await compareLinks(tx, ready);
  const entities = ready.map((folded): Refolded => {
    const key = refKey(folded.ref);
    const options = optionsOf(key);
    const rows = entityRows(folded, options);
    const seal = wanted.get(key)?.sealed ?? false;
    const differences = [
      ...compareHead(folded, options.head, options),
      ...compareSealed(folded, options.head, seal),
      ...compareChanges(folded, { lines: changes.get(key) ?? new Map(), sealed: seal }),
    ];
    return { rows, differences };
  });
  return {
    entities: await share(tx, entities, [...inTables, ...inLinks]),
    messages: folds.reduce((sum, { messages }) => sum + messages, 0),
    waiting,
    kept: folds.length - ready.length,
  };
}

/** Whose log has no personal data any more. */
async function readSealed(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<EntityRef>`
    select distinct l.entity_kind as kind, l.entity_id as id
    from ${recordset(refs, "kind text, id text")}
    join docket.log l on l.entity_kind = x.kind and l.entity_id = x.id
    where l.told and l.erased`.execute(tx);
  return new Set(rows.map(refKey));
}

/** What `compareHead` leaves open. */
function compareSealed({ ref, messages }: Folded, head: HeadRow | null, sealed: boolean): readonly Difference[] {
  if (head === null || messages === 0) return [];
  const place = { table: "docket.head", row: refKey(ref) };
  return compareRows(place, { inTable: { sealed: head.sealed }, fromLog: { sealed } });
}

/** Gives each entity the differences that are its own. */
async function share(
  tx: Tx,
  entities: readonly Refolded[],
  differences: readonly Difference[],
): Promise<readonly Refolded[]> {
  if (differences.length === 0) return entities;
  const owners = await readOwners(tx, differences);
  const shared = Map.groupBy(differences, (difference) => ownerOf(difference, { entities, owners }));
  return entities.map(({ rows, differences: own }) => ({
    rows,
    differences: [...(shared.get(refKey(rows.ref)) ?? []), ...own],
  }));
}

interface Owning {
  readonly entities: readonly Refolded[];
  readonly owners: ReadonlyMap<string, string>;
}

function ownerOf({ table, row }: Difference, { entities, owners }: Owning): string | undefined {
  if (table === "docket.link") return row.slice(row.lastIndexOf(" > ") + 3);
  const part = PART_TABLES.find((it) => `clerk.${it}` === table);
  const isOwner = ({ rows }: Refolded): boolean =>
    part === undefined ? rows.ref.id === row : rows.parts[part].some(({ id }) => id === row);
  const owner = entities.find(isOwner);
  return owner === undefined ? owners.get(`${table} ${row}`) : refKey(owner.rows.ref);
}

/** Whose the parts are that only a table has, by table and id. */
async function readOwners(tx: Tx, differences: readonly Difference[]): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  for (const part of PART_TABLES) {
    const table = `clerk.${part}`;
    const extra = differences.filter((it) => it.is === "extra" && it.table === table).map(({ row: id }) => ({ id }));
    if (extra.length === 0) continue;
    const { rows } = await sql<{ id: string; user_id: string }>`
      select t.id, t.user_id from ${sql.table(table)} t join ${recordset(extra, "id text")} on t.id = x.id`.execute(tx);
    for (const { id, user_id } of rows) owners.set(`${table} ${id}`, refKey({ kind: "user", id: user_id }));
  }
  return owners;
}

const PART_TABLES = Object.keys(PARTS) as readonly PartTable[];
