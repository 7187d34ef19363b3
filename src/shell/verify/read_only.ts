import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import type { Tx } from "../store/sql.ts";

/** Runs `read` in a transaction that sees one moment and can't write. */
export function readOnly<T>(db: Kysely<DocketDatabase>, read: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(read);
}
