import { type Kysely, sql } from "kysely";
import type { Json, JsonObject } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { recordset } from "../store/sql.ts";
import type { ClaimedJob } from "./claim_jobs.ts";

/** What the messages say that these jobs are to deliver, by message id. What is no longer kept is missing. */
export async function readContents(
  db: Kysely<DocketDatabase>,
  jobs: readonly ClaimedJob[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const ids = jobs.filter(({ ref }) => ref.kind === "message").map(({ ref: { id } }) => ({ id }));
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; content: JsonObject }>`
    select c.id, c.content from docket.message_content c join ${recordset(ids, "id text")} on c.id = x.id`.execute(db);
  return new Map(rows.map(({ id, content }) => [id, content]));
}

/** The payload as the handler gets it: of a message's job with what the message says, null if that is gone. */
export function payloadFor({ ref, payload }: ClaimedJob, contents: ReadonlyMap<string, JsonObject>): Json {
  if (ref.kind !== "message" || !isJsonObject(payload)) return payload;
  return { ...payload, content: contents.get(ref.id) ?? null };
}

/** Forgets what these messages say, unless another job is still to tell it. */
export async function dropDelivered(db: Kysely<DocketDatabase>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = ids.map((id) => ({ id }));
  await sql`
    delete from docket.message_content c using ${recordset(rows, "id text")}
    where c.id = x.id and not exists (
      select from docket.job j where j.kind = 'message' and j.entity = c.id
        and (j.phase = 'running' or (j.phase = 'pending' and j.wanted and not j.moot)))`.execute(db);
}

/** Forgets what nobody delivered in time: its codes are of no use by then. */
export async function dropExpiredContents(db: Kysely<DocketDatabase>): Promise<void> {
  await sql`delete from docket.message_content where kept_until < now()`.execute(db);
}
