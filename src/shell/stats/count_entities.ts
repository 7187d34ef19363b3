import { type Kysely, sql } from "kysely";
import { KINDS, type Kind } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { TABLES } from "../tables/mod.ts";
import { COUNTED_MAX } from "./count_jobs.ts";

/** How many of a kind are live. */
export interface EntityCount {
  readonly kind: Kind;
  readonly estimate: number;
}

interface Row {
  readonly kind: Kind;
  readonly total: number;
  readonly live: number;
}

/** Rows of a large table that tell how many of them are live: rows are wide, and reading many takes long. */
const SAMPLE = 1_000;

/** Counted exactly up to some 10,000 rows; of more, the database's own estimate, in the proportion of some rows. */
export async function countEntities(db: Kysely<DocketDatabase>): Promise<readonly EntityCount[]> {
  const tuples = await readEstimates(db);
  const isLarge = (kind: Kind): boolean => (tuples.get(TABLES[kind].table) ?? 0) > COUNTED_MAX;
  const each = KINDS.map(
    (kind) => sql`
      select ${kind}::text as kind, count(*)::integer as total, count(*) filter (where deleted_at is null)::integer as live
      from (select deleted_at from ${sql.table(`clerk.${TABLES[kind].table}`)}
        limit ${isLarge(kind) ? SAMPLE : COUNTED_MAX + 1}) t`,
  );
  const { rows } = await sql<Row>`${sql.join(each, sql` union all `)}`.execute(db);
  return rows.map(({ kind, total, live }) => {
    const estimate =
      isLarge(kind) || total > COUNTED_MAX ? Math.max(tuples.get(TABLES[kind].table) ?? 0, total) : total;
    return { kind, estimate: total === 0 ? 0 : Math.round((estimate * live) / total) };
  });
}

/** Rows of each table as the database last estimated them; -1 where it never did. */
async function readEstimates(db: Kysely<DocketDatabase>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ readonly name: string; readonly tuples: number }>`
    select relname as name, reltuples::bigint as tuples from pg_class
    where relnamespace = 'clerk'::regnamespace and relkind = 'r'`.execute(db);
  return new Map(rows.map(({ name, tuples }) => [name, tuples]));
}
