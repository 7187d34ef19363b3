import { sql } from "kysely";
import { type EntityRef, refKey } from "../../core/mod.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { type Folded, foldEntity, parentsIn } from "./fold.ts";
import { type LogLines, readDeletions } from "./log_lines.ts";

/** Folds entities that no chore has yet to change. */
export async function foldPage(
  tx: Tx,
  refs: readonly EntityRef[],
  lines: LogLines,
): Promise<{ readonly folds: readonly Folded[]; readonly waiting: number }> {
  const parents = new Map(refs.map((ref) => [refKey(ref), parentsIn(lines.get(refKey(ref)) ?? [])]));
  const all = [...parents.values()].flat();
  const deletions = await readDeletions(tx, all);
  const cascading = await readCascades(tx, all);
  const ready = refs.filter((ref) => !parents.get(refKey(ref))?.some((parent) => cascading.has(refKey(parent))));
  return {
    folds: ready.map((ref) => foldEntity(ref, lines.get(refKey(ref)) ?? [], deletions)),
    waiting: refs.length - ready.length,
  };
}

async function readCascades(tx: Tx, parents: readonly EntityRef[]): Promise<ReadonlySet<string>> {
  if (parents.length === 0) return new Set();
  const { rows } = await sql<EntityRef>`
    select distinct c.kind, c.id from docket.chore c
    join ${recordset(parents, "kind text, id text")} on c.kind = x.kind and c.id = x.id
    where c.task = 'cascade'`.execute(tx);
  return new Set(rows.map(refKey));
}
