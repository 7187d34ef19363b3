import { sql } from "kysely";
import type { Tx } from "../store/sql.ts";

/** What somebody did, as it is remembered. */
export interface AuditLine {
  readonly action: "retry" | "cancel" | "approve" | "resume" | "replay";
  /** What it was done to: a job's key, the name of a policy or of a target, or a message's id. */
  readonly subject: string;
  /** Who, as far as Docket knows: `api` or `cli`. */
  readonly actor: string;
}

/** Notes what somebody did, in the transaction that does it. */
export async function writeAudit(tx: Tx, { action, subject, actor }: AuditLine): Promise<void> {
  await sql`insert into docket.audit (action, subject, actor) values (${action}, ${subject}, ${actor})`.execute(tx);
}
