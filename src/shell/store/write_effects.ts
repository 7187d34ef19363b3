import { sql } from "kysely";
import { type DocketEffect, type EntityRef, type Index, type PinInstance, refKey } from "../../core/mod.ts";
import { armJobs } from "./arm_jobs.ts";
import { leaveChores } from "./chores.ts";
import { tagsOf } from "./effects.ts";
import { erasePayloads } from "./erase_payloads.ts";
import { writeNewHeads } from "./heads.ts";
import { writeJobs } from "./jobs.ts";
import { LedgerRace } from "./ledger_race.ts";
import { makePipeline, type Pipeline, planAsTheyCome } from "./pipeline.ts";
import { sealJobs } from "./seal_jobs.ts";
import type { Tx } from "./sql.ts";
import { writeBurials } from "./write_burials.ts";
import { sealChanges, writeChanges, writePlanFaults } from "./write_changes.ts";
import { writeLinks, writeSeals, writeSignIns, writeTombstones, writeVersions } from "./write_heads.ts";
import { writeDeliveries, writeMessages } from "./write_log.ts";
import { writeParts } from "./write_parts.ts";
import { writeRows } from "./write_rows.ts";

export interface Written {
  /** The index as it was read under lock. */
  readonly before: Index;
  /** The index after the effects. */
  readonly after: Index;
  /** Entities of it that were not on file, and so not locked. @default none: all are locked, by placeholders if need be */
  readonly unheard?: readonly EntityRef[];
}

/**
 * Carries effects out in SQL: the second interpreter, tested against `apply`. All effects of one tag go in one
 * statement, since each is convergent or keyed and so free of order; heads are written before the rows that show them.
 * Statements that need no other's answer are sent together, and the last of them may be left to the commit.
 *
 * @throws {LedgerRace} If the transaction must be run again; so it must where the key of a head or a message is taken.
 */
export async function writeEffects(
  tx: Tx,
  effects: readonly DocketEffect[],
  { before, after, unheard = [] }: Written,
): Promise<void> {
  const tagged = tagsOf(effects);
  const versions = tagged("SaveVersion");
  const burials = tagged("BuryEntity");
  const sealed = tagged("SealEntity").map(({ ref }) => ref);
  const fresh = new Set(unheard.map(refKey));
  const line = makePipeline(tx);
  pinInstances(line, tagged("PinInstance"));
  writeNewHeads(line, unheard, versions);
  writeMessages(line, tagged("FileMessage"), before.ledger);
  writeDeliveries(line, tagged("CountDelivery"));
  writeLinks(line, tagged("LinkParent"), after);
  writeVersions(
    line,
    versions.filter(({ ref }) => !fresh.has(refKey(ref))),
  );
  writeTombstones(line, burials);
  writeRows(line, versions, fresh);
  writeParts(line, versions, { before, unheard: fresh });
  if (burials.length > 0) {
    await line.flush();
    await planAsTheyCome(tx);
    await writeBurials(tx, burials, after);
  }
  writeSignIns(line, tagged("NoteSignIn"));
  writeJobs(line, effects, { before, after });
  armJobs(line, tagged("ArmJob"));
  writePlanFaults(line, tagged("NotePlan"), before);
  writeChanges(line, tagged("LogChanges"), before);
  writeSeals(line, sealed);
  sealChanges(line, sealed);
  sealJobs(line, sealed);
  await line.send();
  if (sealed.length > 0) {
    await planAsTheyCome(tx);
    await leaveChores(tx, "erase", await erasePayloads(tx, sealed));
  }
  await leaveChores(
    tx,
    "cascade",
    tagged("CascadeDeletion").map(({ parent }) => parent),
  );
}

function pinInstances(line: Pipeline, effects: readonly PinInstance[]): void {
  for (const { instanceId } of effects) {
    line.add(
      sql`
        insert into docket.setting (key, value) values ('instance_id', ${instanceId})
        on conflict do nothing`,
      ({ affectedRows }) => {
        if (affectedRows !== 1) throw new LedgerRace("another process pinned its first instance first");
      },
    );
  }
}
