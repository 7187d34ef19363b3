import { sql } from "kysely";
import type { EntityRef, Json, Source } from "../../core/mod.ts";
import type { AttemptItem } from "../api/read_job.ts";
import { JOB_ITEM, type JobItem } from "../api/read_jobs.ts";
import type { Tx } from "../store/sql.ts";

/** One field that differs between two neighbouring versions. */
export interface ChangeItem {
  readonly intent: string;
  /** Names joined by dots; empty: the entity itself, born or gone. */
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
  readonly event: string;
  readonly source: Source;
  readonly svixId: string;
  readonly changedAt: Date;
}

/** A job with its attempts, the newest first. */
export interface JobStory extends Omit<JobItem, "attempts"> {
  readonly attempts: readonly AttemptItem[];
}

/** Lines of the change log shown at once. */
const CHANGES_MAX = 2_000;
export const JOBS_SHOWN_MAX = 200;
/** Shown of each job. */
const ATTEMPTS_MAX = 20;

/** The change log's lines of these edges, the newest first. */
export async function readChanges(
  tx: Tx,
  { kind, id }: EntityRef,
  intents: readonly string[],
): Promise<readonly ChangeItem[]> {
  if (intents.length === 0) return [];
  const { rows } = await sql<ChangeItem>`
    select c.intent, c.path, c.before, c.after, c.event, c.source, c.svix_id as "svixId", c.changed_at as "changedAt"
    from clerk.changes c
    where c.entity_kind = ${kind} and c.entity_id = ${id} and c.intent in (${sql.join(intents)})
    order by c.changed_at desc, c.intent desc, c.path limit ${CHANGES_MAX}`.execute(tx);
  return rows;
}

/** The entity's jobs, the last updated first. */
export async function readJobStories(tx: Tx, { kind, id }: EntityRef): Promise<readonly JobStory[]> {
  const { rows } = await sql<JobItem>`
    select ${JOB_ITEM} from docket.job j
    where j.kind = ${kind} and j.entity = ${id}
    order by j.updated_at desc, j.key desc limit ${JOBS_SHOWN_MAX}`.execute(tx);
  if (rows.length === 0) return [];
  const attempts = await readAttempts(
    tx,
    rows.map(({ key }) => key),
  );
  return rows.map((job) => ({ ...job, attempts: attempts.get(job.key) ?? [] }));
}

async function readAttempts(tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, readonly AttemptItem[]>> {
  const { rows } = await sql<AttemptItem & { readonly key: string }>`
    select a.* from unnest(array[${sql.join(keys)}]::text[]) as k(key)
    cross join lateral (
      select a.key, a.number, a.started_at as "startedAt", a.ended_at as "endedAt", a.outcome, a.error
      from docket.attempt a where a.key = k.key order by a.id desc limit ${ATTEMPTS_MAX}) a`.execute(tx);
  const byKey = Map.groupBy(rows, ({ key }) => key);
  return new Map([...byKey].map(([key, list]) => [key, list.map(({ key: _, ...attempt }) => attempt)]));
}
