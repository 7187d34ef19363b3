import { type EntityRef, KINDS, type OnDelete } from "../../core/mod.ts";
import { leaveChores } from "../store/chores.ts";
import { isRootKind, lockHeads } from "../store/heads.ts";
import type { Tx } from "../store/sql.ts";
import { readHeads } from "../verify/compare_head.ts";
import type { Difference } from "../verify/difference.ts";
import { parentsIn } from "../verify/fold.ts";
import { readLogLines } from "../verify/log_lines.ts";
import { foldEntities } from "./fold_entities.ts";
import { madeRows, putLive } from "./put_rows.ts";

/**
 * Makes these entities anew from the log where their rows differ, in the tables in use and under their locks: as a
 * rebuild does, without a side schema, for a few. Jobs are left alone.
 *
 * @returns What differed.
 */
export async function repairEntities(
  tx: Tx,
  refs: readonly EntityRef[],
  onDelete: OnDelete,
): Promise<readonly Difference[]> {
  const parents = [...(await readLogLines(tx, refs)).values()].flatMap(parentsIn);
  await lockHeads(tx, [...refs.filter(isRootKind), ...parents]);
  await lockHeads(
    tx,
    refs.filter((ref) => !isRootKind(ref)),
  );
  const differences: Difference[] = [];
  for (const kind of KINDS) {
    const ofKind = refs.filter((ref) => ref.kind === kind);
    if (ofKind.length === 0) continue;
    const { entities } = await foldEntities(tx, { kind, refs: ofKind, onDelete, signIns: await readKnown(tx, ofKind) });
    const differing = entities.filter((it) => it.differences.length > 0);
    const rows = differing.map((it) => it.rows);
    await putLive(tx, { kind, entities: rows, source: madeRows(rows) });
    const unsealed = rows.filter(({ head }) => head?.["erased"] === true && head["sealed"] === false);
    await leaveChores(
      tx,
      "seal",
      unsealed.map(({ ref }) => ref),
    );
    differences.push(...differing.flatMap((it) => it.differences));
  }
  return differences;
}

/** The sign-ins on file: which sessions tell of them is only sure when all are asked, as a rebuild does. */
async function readKnown(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, number>> {
  const heads = await readHeads(tx, refs);
  return new Map(
    [...heads].flatMap(([key, { signed_in_at_ms }]) => (signed_in_at_ms === null ? [] : [[key, signed_in_at_ms]])),
  );
}
