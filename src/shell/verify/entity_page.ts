import { sql } from "kysely";
import type { EntityRef, Kind } from "../../core/mod.ts";
import type { Tx } from "../store/sql.ts";
import { PARTS, TABLES } from "../tables/mod.ts";

/** Entities read in one transaction, if they have few messages. */
const ENTITIES_MAX = 200;
/** Messages read in one transaction, but for an entity that has more. */
const MESSAGES_MAX = 10_000;

/** The next entities of a kind that anything is on file about, in the order of their ids. */
export interface EntityPage {
  readonly refs: readonly EntityRef[];
  /** Where the next page begins; null after the last. */
  readonly after: string | null;
}

/** Reads the page of entities whose ids come after `after`: those of the log, and those that only a table knows. */
export async function readEntityPage(tx: Tx, kind: Kind, after: string): Promise<EntityPage> {
  const sources = [
    ["docket.head", "id", "kind"],
    ["docket.log", "entity_id", "entity_kind"],
    ["docket.job", "entity", "kind"],
    ["clerk.changes", "entity_id", "entity_kind"],
    [`clerk.${TABLES[kind].table}`, "id", null],
    ...(kind === "user" ? Object.values(PARTS).map(({ table }) => [`clerk.${table}`, "user_id", null] as const) : []),
  ] as const;
  const selects = sources.map(
    ([table, column, kindColumn]) => sql`
      (select distinct ${sql.ref(column)} as id from ${sql.table(table)}
       where ${kindColumn === null ? sql`true` : sql`${sql.ref(kindColumn)} = ${kind}`}
         and ${sql.ref(column)} > ${after} ${table === "docket.log" ? sql`and told` : sql``}
       order by 1 limit ${ENTITIES_MAX})`,
  );
  const { rows } = await sql<{ id: string; messages: number }>`
    select ids.id, (select count(*)::integer from docket.log l
      where l.told and l.entity_kind = ${kind} and l.entity_id = ids.id) as messages
    from (${sql.join(selects, sql` union `)}) ids
    order by ids.id collate "C" limit ${ENTITIES_MAX}`.execute(tx);
  let messages = 0;
  const cut = rows.findIndex((row, index) => {
    messages += row.messages;
    return messages > MESSAGES_MAX && index > 0;
  });
  const page = cut < 0 ? rows : rows.slice(0, cut);
  const isLast = cut < 0 && rows.length < ENTITIES_MAX;
  return { refs: page.map(({ id }) => ({ kind, id })), after: isLast ? null : (page.at(-1)?.id ?? null) };
}
