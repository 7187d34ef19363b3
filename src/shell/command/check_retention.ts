import type { Kysely } from "kysely";
import type { AppConfig } from "../app_config.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { readRetained } from "../retention/retained.ts";
import { type Check, ok } from "./check.ts";

/** How much of the log went with age. Nothing is said where nothing did. */
export async function checkRetention(
  { retentionDays }: Pick<AppConfig, "retentionDays">,
  db: Kysely<DocketDatabase>,
): Promise<readonly Check[]> {
  const dropped = (await readRetained(db))?.dropped ?? 0;
  if (dropped === 0) return [];
  const payloads = `${dropped.toLocaleString("en-US")} payloads that were replaced long ago were dropped`;
  const days = retentionDays === null ? "DOCKET_RETENTION_DAYS=off: no more are" : `after ${retentionDays} days`;
  return [ok("retention", `${payloads}; ${days}`)];
}
