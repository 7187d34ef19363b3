import { sql } from "kysely";
import type { DocketEffect, Index } from "../../core/mod.ts";
import { armJobs } from "./arm_jobs.ts";
import { leaveChores } from "./chores.ts";
import { taggedWith } from "./effects.ts";
import { erasePayloads } from "./erase_payloads.ts";
import { writeJobs } from "./jobs.ts";
import type { Tx } from "./sql.ts";
import { writeBurials } from "./write_burials.ts";
import { sealChanges, writeChanges, writePlanFaults } from "./write_changes.ts";
import { writeLinks, writeSeals, writeSignIns, writeTombstones, writeVersions } from "./write_heads.ts";
import { LedgerRace, writeDeliveries, writeMessages } from "./write_log.ts";
import { writeParts } from "./write_parts.ts";
import { writeRows } from "./write_rows.ts";

/**
 * Carries effects out in SQL: the second interpreter, tested against `apply`. All effects of one tag go in one
 * statement, since each is convergent or keyed and so free of order; heads are written before the rows that show them.
 *
 * @param before The index as it was read under lock.
 * @param after The index after the effects.
 * @throws {LedgerRace} If the transaction must be run again.
 */
export async function writeEffects(
  tx: Tx,
  effects: readonly DocketEffect[],
  { before, after }: { readonly before: Index; readonly after: Index },
): Promise<void> {
  const versions = taggedWith(effects, "SaveVersion");
  const burials = taggedWith(effects, "BuryEntity");
  const sealed = taggedWith(effects, "SealEntity").map(({ ref }) => ref);
  await pinInstances(tx, effects);
  await writeMessages(tx, taggedWith(effects, "FileMessage"), before.ledger);
  await writeDeliveries(tx, taggedWith(effects, "CountDelivery"));
  await writeLinks(tx, taggedWith(effects, "LinkParent"), after);
  await writeVersions(tx, versions);
  await writeTombstones(tx, burials);
  await writeRows(tx, versions);
  await writeParts(tx, versions, before);
  await writeBurials(tx, burials, after);
  await writeSignIns(tx, taggedWith(effects, "NoteSignIn"));
  await writeJobs(tx, effects, after);
  await armJobs(tx, taggedWith(effects, "ArmJob"));
  await writePlanFaults(tx, taggedWith(effects, "NotePlan"));
  await writeChanges(tx, taggedWith(effects, "LogChanges"));
  await writeSeals(tx, sealed);
  await sealChanges(tx, sealed);
  await leaveChores(tx, "erase", await erasePayloads(tx, sealed));
  await leaveChores(
    tx,
    "cascade",
    taggedWith(effects, "CascadeDeletion").map(({ parent }) => parent),
  );
}

async function pinInstances(tx: Tx, effects: readonly DocketEffect[]): Promise<void> {
  for (const { instanceId } of taggedWith(effects, "PinInstance")) {
    const { rows } = await sql`
      insert into docket.setting (key, value) values ('instance_id', ${instanceId})
      on conflict do nothing returning key`.execute(tx);
    if (rows.length === 0) throw new LedgerRace("another process pinned its first instance first");
  }
}
