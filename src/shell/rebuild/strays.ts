import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import type { Tx } from "../store/sql.ts";
import { PARTS } from "../tables/mod.ts";
import type { Difference } from "../verify/difference.ts";
import { HEAD_SEEN, TOLD_SEEN } from "./build.ts";
import { entityTable, type RebuiltTable } from "./rebuilt_table.ts";
import { checkSide, sideOf } from "./side_schema.ts";

/** Parts looked at in one statement. */
const PARTS_PER_PAGE = 5_000;

/**
 * Finds users' parts that were given to another user: page by page of entities, either of the two may claim a part. Those of
 * users that moved on meanwhile are left to what wrote them. Both users are noted as differing.
 *
 * @throws {RebuildOvertaken} If another rebuild began meanwhile.
 */
export async function* findStrays(db: Kysely<DocketDatabase>, run: string): AsyncGenerator<readonly Difference[]> {
  for (const spec of Object.values(PARTS)) {
    const table = entityTable(spec, "user_id");
    for (let after: string | null = ""; after !== null; ) {
      const from: string = after;
      const page = await db.transaction().execute(async (tx) => {
        await checkSide(tx, run);
        return findPage(tx, table, from);
      });
      after = page.after;
      if (page.differences.length > 0) yield page.differences;
    }
  }
}

interface StraysPage {
  readonly differences: readonly Difference[];
  readonly after: string | null;
}

async function findPage(tx: Tx, table: RebuiltTable, after: string): Promise<StraysPage> {
  const side = sql.table(sideOf(table.name));
  const { rows: lasts } = await sql<{ id: string }>`
    select t.id from ${sql.table(table.name)} t where t.id > ${after} order by t.id
    limit 1 offset ${PARTS_PER_PAGE - 1}`.execute(tx);
  const last = lasts[0]?.id ?? null;
  const { rows } = await sql<{ id: string; user_id: string; owner: string | null }>`
    select t.id, t.user_id, (
      select s.user_id from ${side} s where s.id = t.id and ${isStill("t.user_id")} and ${isStill("s.user_id")}
      order by s.version_ms desc, s.user_id desc limit 1) as owner
    from ${sql.table(table.name)} t
    where t.id > ${after} and (${last}::text is null or t.id <= ${last})
      and not exists (select from ${side} o where o.id = t.id and o.user_id = t.user_id)
    order by t.id`.execute(tx);
  const strays = rows.flatMap(({ id, user_id, owner }) => (owner === null ? [] : [{ id, user_id, owner }]));
  const users = strays.flatMap(({ user_id, owner }) => [user_id, owner]);
  if (users.length > 0) {
    await sql`
      update docket_rebuild.entity set differs = true
      where kind = 'user' and id in (select jsonb_array_elements_text(${JSON.stringify(users)}::text::jsonb))`.execute(
      tx,
    );
  }
  const differences = strays.map(({ id, user_id, owner }) => {
    return { is: "different", table: table.name, row: id, field: "user_id", inTable: user_id, fromLog: owner } as const;
  });
  return { differences, after: last };
}

/** True for a user on whom nothing was written since its rows were made. */
function isStill(column: string): ReturnType<typeof sql> {
  return sql`exists (
    select from docket_rebuild.entity x left join docket.head h on h.kind = x.kind and h.id = x.id
    where x.kind = 'user' and x.id = ${sql.raw(column)} and x.head_seen is not distinct from ${HEAD_SEEN}
      and x.told_seen = ${TOLD_SEEN})`;
}
