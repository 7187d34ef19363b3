import { sql } from "kysely";
import { type EntityRef, edgesOf, logEdge, refKey } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { cleanJson, cleanText } from "../tables/mod.ts";
import { compareRowSets, type Difference, type Fields } from "./difference.ts";
import type { Folded } from "./fold.ts";

/** The change log's lines of these entities, by `refKey`, then by intent and path. */
export type ChangeLines = ReadonlyMap<string, ReadonlyMap<string, Fields>>;

interface ChangeRow extends Fields {
  readonly entity_kind: EntityRef["kind"];
  readonly entity_id: string;
  readonly intent: string;
  readonly path: string;
  readonly changed_at_ms: number;
}

export async function readChanges(tx: Tx, refs: readonly EntityRef[]): Promise<ChangeLines> {
  const { rows } = await sql<ChangeRow>`
    select c.entity_kind, c.entity_id, c.intent, c.path, c.before, c.after, c.event, c.source, c.version_ms, c.svix_id,
      (extract(epoch from c.changed_at) * 1000)::float8 as changed_at_ms
    from clerk.changes c
    join ${recordset(refs, "kind text, id text")} on c.entity_kind = x.kind and c.entity_id = x.id`.execute(tx);
  const byEntity = Map.groupBy(rows, (row) => refKey({ kind: row.entity_kind, id: row.entity_id }));
  return new Map(
    [...byEntity].map(([key, lines]) => [key, new Map(lines.map((line) => [lineName(line), line] as const))]),
  );
}

/** Compares the change log's lines of an entity with its edges; of a sealed one only that it is gone. */
export function compareChanges(
  { ref, path }: Folded,
  { lines, sealed }: { readonly lines: ReadonlyMap<string, Fields>; readonly sealed: boolean },
): readonly Difference[] {
  const edges = edgesOf(path).filter(({ intent }) => !sealed || intent === "-");
  const told = edges.map((edge) => ({ edge, logged: logEdge(ref, edge) }));
  const lost = told.filter(({ logged }) => logged.length === 0).map(({ edge }) => edge.intent);
  const fromLog = new Map(told.flatMap(({ logged }) => logged.flatMap(linesOf)));
  const inTable = new Map([...lines].filter(([, line]) => !lost.includes(String(line["intent"]))));
  const named = (rows: ReadonlyMap<string, Fields>): ReadonlyMap<string, Fields> =>
    new Map([...rows].map(([name, fields]) => [`${refKey(ref)} ${name}`, fields]));
  return compareRowSets("clerk.changes", { inTable: named(inTable), fromLog: named(fromLog) });
}

function linesOf(effect: ReturnType<typeof logEdge>[number]): readonly (readonly [string, Fields])[] {
  if (effect._tag !== "LogChanges" || effect.entry === null) return [];
  const { intent, entry } = effect;
  const { event, source, asOfMs, svixId } = entry;
  return entry.changes.map(({ path, before, after }) => {
    const line = {
      before: cleanJson(before),
      after: cleanJson(after),
      event,
      source,
      version_ms: asOfMs,
      svix_id: svixId,
      changed_at_ms: asOfMs,
    };
    return [lineName({ intent, path: cleanText(path) }), line];
  });
}

/** An edge and a field of it; the entity itself has no path. */
function lineName({ intent, path }: { readonly intent: string; readonly path: string }): string {
  return path === "" ? intent : `${intent} ${path}`;
}
