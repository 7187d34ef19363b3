import type { Kysely } from "kysely";
import type { AppConfig } from "../app_config.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { readSilence } from "../silence/silence_state.ts";
import type { Check } from "./check.ts";
import { checkClerk } from "./check_clerk.ts";
import { checkDrift } from "./check_drift.ts";
import { checkRetention } from "./check_retention.ts";
import { checkSource } from "./check_source.ts";
import { checkWork } from "./check_work.ts";

/** What a migrated database says of the service: whether the source is heard, what waits for a person, and what is not known. */
export async function checkContents(db: Kysely<DocketDatabase>, config: AppConfig): Promise<readonly Check[]> {
  const silence = await readSilence(db);
  const source = checkSource(silence, { nowMs: Date.now(), afterMs: config.silenceAfterMs });
  return [
    source,
    ...(await checkWork(db)),
    ...(await checkDrift(db)),
    ...(await checkRetention(config, db)),
    ...(await checkClerk(config, db)),
  ];
}
