import { sql } from "kysely";
import type { OnDelete } from "../../src/core/mod.ts";
import type { Difference } from "../../src/shell/verify/difference.ts";
import { type Verified, verifyLog } from "../../src/shell/verify/verify.ts";
import type { TestDatabase } from "./databases.ts";
import { POLICIES } from "./policies.ts";

/** All that verify finds in a test's database, with the tests' policies. */
export async function verifyAll({ db }: Pick<TestDatabase, "db">, onDelete: OnDelete): Promise<readonly Verified[]> {
  return Array.fromAsync(verifyLog(db, { onDelete, policies: POLICIES }));
}

/** What differs, as `table row field`, or with `+` and `-` for rows that are too many and missing. */
export async function differencesIn(
  database: Pick<TestDatabase, "db">,
  onDelete: OnDelete,
): Promise<readonly string[]> {
  return (await verifyAll(database, onDelete)).flatMap(({ differences }) => differences.map(nameOf));
}

function nameOf({ is, table, row, field }: Difference): string {
  if (is === "different") return `${table} ${row} ${field}`;
  return `${is === "extra" ? "+" : "-"} ${table} ${row}`;
}

/** Changes the database behind Docket's back. */
export async function tamper({ db }: Pick<TestDatabase, "db">, statement: string): Promise<void> {
  const { numAffectedRows = 0n } = await sql.raw(statement).execute(db);
  if (numAffectedRows === 0n) throw new Error(`Nothing was changed by: ${statement}`);
}
