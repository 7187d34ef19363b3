import { sql } from "kysely";
import type { DocketEffect, Message } from "../../core/mod.ts";
import { contentOf } from "../decode/message_content.ts";
import { cleanJson } from "../tables/mod.ts";
import { taggedWith } from "./effects.ts";
import { recordset, type Tx } from "./sql.ts";

/** Longer than any code is good for, and than a receiver is usually down. */
const KEPT_MINUTES = 60;

/**
 * Keeps what messages say that jobs planned now are to deliver. It is in no log, and goes when the job is done, or
 * after an hour.
 */
export async function writeContents(
  tx: Tx,
  effects: readonly DocketEffect[],
  messages: readonly Message[],
): Promise<void> {
  const planned = taggedWith(effects, "PlanJob").filter(({ job }) => job.ref.kind === "message");
  if (planned.length === 0) return;
  const ids = new Set(planned.map(({ job }) => job.ref.id));
  const rows = messages.flatMap((message) => {
    const content = contentOf(message);
    if (content === undefined || message._tag !== "Changed" || !ids.has(message.ref.id)) return [];
    return [{ id: message.ref.id, content: cleanJson(content) }];
  });
  const byId = [...new Map(rows.map((row) => [row.id, row])).values()];
  if (byId.length === 0) return;
  await sql`
    insert into docket.message_content (id, content, kept_until)
    select x.id, x.content, now() + ${KEPT_MINUTES} * interval '1 minute'
    from ${recordset(byId, "id text, content jsonb")}
    order by x.id collate "C"
    on conflict (id) do update set content = excluded.content, kept_until = excluded.kept_until`.execute(tx);
}
