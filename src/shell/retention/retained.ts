import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import type { Tx } from "../store/sql.ts";

/** How far the log was looked through for payloads to drop, by receipt. */
export interface Retained {
  /** The last message looked at; everything before it was. */
  readonly receivedAtMs: number;
  readonly svixId: string;
  /** Payloads dropped so far. */
  readonly dropped: number;
}

const KEY = "retention";
const BEGINNING: Retained = { receivedAtMs: -1, svixId: "", dropped: 0 };

/** What retention has done so far; null: it never looked. */
export async function readRetained(db: Kysely<DocketDatabase>): Promise<Retained | null> {
  const { rows } = await sql<Row>`select value from docket.setting where key = ${KEY}`.execute(db);
  return rows[0] === undefined ? null : retainedOf(rows[0]);
}

/** Gives one caller among all processes the turn until its transaction ends. Null: another has it. */
export async function takeTurn(tx: Tx): Promise<Retained | null> {
  await sql`
    insert into docket.setting (key, value) values (${KEY}, ${JSON.stringify(BEGINNING)})
    on conflict do nothing`.execute(tx);
  const { rows } = await sql<Row>`
    select value from docket.setting where key = ${KEY} for update skip locked`.execute(tx);
  return rows[0] === undefined ? null : retainedOf(rows[0]);
}

/** Only for who has the turn. */
export async function keepRetained(tx: Tx, { receivedAtMs, svixId, dropped }: Retained): Promise<void> {
  const value = JSON.stringify({ receivedAtMs, svixId, dropped });
  await sql`update docket.setting set value = ${value} where key = ${KEY}`.execute(tx);
}

interface Row {
  readonly value: string;
}

function retainedOf({ value }: Row): Retained {
  return JSON.parse(value) as Retained;
}
