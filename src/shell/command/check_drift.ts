import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { readDrift } from "../drift/drift_store.ts";
import { DRIFT_ADVICE, named } from "../stats/advice.ts";
import { type Check, warning } from "./check.ts";

/** Does Clerk send what this Docket does not know? Nothing is said where it does not. */
export async function checkDrift(db: Kysely<DocketDatabase>): Promise<readonly Check[]> {
  const drift = await readDrift(db);
  const types = drift.filter(({ what }) => what === "type").map(({ name }) => name);
  const fields = drift.filter(({ what }) => what === "field").map(({ type, name }) => `${name} in ${type}`);
  if (drift.length === 0) return [];
  const parts = [
    types.length > 0 && `event types without a table: ${named(types)}`,
    fields.length > 0 && `unknown fields: ${named(fields)}`,
  ].filter((part) => part !== false);
  return [warning("drift", { detail: parts.join("; "), advice: DRIFT_ADVICE })];
}
