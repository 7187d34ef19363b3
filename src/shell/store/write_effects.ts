import { sql } from "kysely";
import type { DocketEffect, Index, PinInstance } from "../../core/mod.ts";
import { armJobs } from "./arm_jobs.ts";
import { leaveChores } from "./chores.ts";
import { tagsOf } from "./effects.ts";
import { erasePayloads } from "./erase_payloads.ts";
import { writeJobs } from "./jobs.ts";
import { sealJobs } from "./seal_jobs.ts";
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
  const tagged = tagsOf(effects);
  const versions = tagged("SaveVersion");
  const burials = tagged("BuryEntity");
  const sealed = tagged("SealEntity").map(({ ref }) => ref);
  await pinInstances(tx, tagged("PinInstance"));
  await writeMessages(tx, tagged("FileMessage"), before.ledger);
  await writeDeliveries(tx, tagged("CountDelivery"));
  await writeLinks(tx, tagged("LinkParent"), after);
  await writeVersions(tx, versions);
  await writeTombstones(tx, burials);
  await writeRows(tx, versions);
  await writeParts(tx, versions, before);
  await writeBurials(tx, burials, after);
  await writeSignIns(tx, tagged("NoteSignIn"));
  await writeJobs(tx, effects, { before, after });
  await armJobs(tx, tagged("ArmJob"));
  await writePlanFaults(tx, tagged("NotePlan"), before);
  await writeChanges(tx, tagged("LogChanges"), before);
  await writeSeals(tx, sealed);
  await sealChanges(tx, sealed);
  await sealJobs(tx, sealed);
  await leaveChores(tx, "erase", await erasePayloads(tx, sealed));
  await leaveChores(
    tx,
    "cascade",
    tagged("CascadeDeletion").map(({ parent }) => parent),
  );
}

async function pinInstances(tx: Tx, effects: readonly PinInstance[]): Promise<void> {
  for (const { instanceId } of effects) {
    const { rows } = await sql`
      insert into docket.setting (key, value) values ('instance_id', ${instanceId})
      on conflict do nothing returning key`.execute(tx);
    if (rows.length === 0) throw new LedgerRace("another process pinned its first instance first");
  }
}
