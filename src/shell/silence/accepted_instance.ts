import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";

/**
 * Whose webhooks are accepted. Empty: none came yet, and the first one's will be.
 *
 * @param listed `DOCKET_INSTANCE_IDS`.
 */
export async function acceptedInstances(
  db: Kysely<DocketDatabase>,
  listed: readonly string[],
): Promise<readonly string[]> {
  if (listed.length > 0) return listed;
  const { rows } = await sql<{ value: string }>`
    select value from docket.setting where key = 'instance_id'`.execute(db);
  return rows.map(({ value }) => value);
}

/** What is wrong when `CLERK_SECRET_KEY` is a key of this instance; null if nothing is, as far as is known. */
export function instanceProblem(own: string, accepted: readonly string[]): string | null {
  if (accepted.length === 0 || accepted.includes(own)) return null;
  return `CLERK_SECRET_KEY is a key of ${own}, but webhooks are accepted of ${accepted.join(", ")}`;
}
