import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { instantOf, recordset } from "../store/sql.ts";
import type { DriftCount } from "./drift_tally.ts";
import { type Drifted, isKnown } from "./find_drift.ts";

/** Something of Clerk's that this Docket does not know, and how often it came. */
export interface DriftItem extends Drifted {
  readonly seen: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** The last message that had it. */
  readonly svixId: string;
}

/** Names on file. Beyond them new ones are not noted: that much drift is another Clerk. */
export const DRIFT_NAMES_MAX = 1_000;

/** Adds to what is on file. */
export async function writeDrift(db: Kysely<DocketDatabase>, counts: readonly DriftCount[]): Promise<void> {
  await sql`
    insert into docket.drift as d (what, type, name, seen, first_seen_at, last_seen_at, svix_id)
    select x.what, x.type, x.name, x.seen, ${instantOf("x.first_ms")}, ${instantOf("x.last_ms")}, x.svix_id
    from ${recordset(counts.map(rowOf), COLUMNS)}
    where (select count(*) from docket.drift) < ${DRIFT_NAMES_MAX}
      or exists (select from docket.drift k where k.what = x.what and k.type = x.type and k.name = x.name)
    order by x.what, x.type collate "C", x.name collate "C"
    on conflict (what, type, name) do update set
      seen = d.seen + excluded.seen,
      first_seen_at = least(d.first_seen_at, excluded.first_seen_at),
      last_seen_at = greatest(d.last_seen_at, excluded.last_seen_at),
      svix_id = case when excluded.last_seen_at >= d.last_seen_at then excluded.svix_id else d.svix_id end`.execute(db);
}

/** All of it, what was seen last first. */
export async function readDrift(db: Kysely<DocketDatabase>): Promise<readonly DriftItem[]> {
  const { rows } = await sql<DriftItem>`
    select what, type, name, seen, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", svix_id as "svixId"
    from docket.drift order by last_seen_at desc, what, type, name limit ${2 * DRIFT_NAMES_MAX}`.execute(db);
  return rows;
}

/** Takes away what this Docket knows and an older one did not. */
export async function forgetKnown(db: Kysely<DocketDatabase>): Promise<void> {
  const known = (await readDrift(db)).filter(isKnown).map(({ what, type, name }) => ({ what, type, name }));
  if (known.length === 0) return;
  await sql`
    delete from docket.drift d using ${recordset(known, "what text, type text, name text")}
    where d.what = x.what and d.type = x.type and d.name = x.name`.execute(db);
}

const COLUMNS = "what text, type text, name text, seen bigint, first_ms bigint, last_ms bigint, svix_id text";

function rowOf({ what, type, name, seen, firstSeenMs, lastSeenMs, svixId }: DriftCount): object {
  return { what, type, name, seen, first_ms: firstSeenMs, last_ms: lastSeenMs, svix_id: svixId };
}
