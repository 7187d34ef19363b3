import { sql } from "kysely";
import { FIRST_HELD, type HeldPlace, retainHeld, retainPage } from "../../src/shell/retention/retain_page.ts";
import type { TestDatabase } from "./databases.ts";

/** Drops all that was replaced by then. Gives how many payloads went. */
export async function retainAll({ db }: Pick<TestDatabase, "db">, beforeMs: number): Promise<number> {
  let payloads = 0;
  for (let more = true; more; ) {
    const page = await retainPage(db, beforeMs);
    payloads += page.payloads;
    more = page.more;
  }
  for (let after: HeldPlace | null = FIRST_HELD; after !== null; ) {
    const held = await retainHeld(db, { after, beforeMs });
    payloads += held.payloads;
    after = held.last;
  }
  return payloads;
}

/** Retention begins anew at the first message. */
export async function forgetRetained({ db }: Pick<TestDatabase, "db">): Promise<void> {
  await sql`delete from docket.setting where key = 'retention'`.execute(db);
}

/** The svix ids whose payload is gone, sorted. */
export async function droppedIn({ db }: Pick<TestDatabase, "db">): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select svix_id as id from docket.log where payload = '' order by svix_id collate "C"`.execute(db);
  return rows.map(({ id }) => id);
}
