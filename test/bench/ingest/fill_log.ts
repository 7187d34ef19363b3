import postgres from "postgres";
import { DOCKET } from "./entries.ts";
import type { Load, UserBlocks } from "./requests.ts";
import { sendAll } from "./send.ts";
import { startServer } from "./server.ts";

const PREFIX = "filled";
const FIRST = `${PREFIX}0_`;
const USERS_PER_BLOCK = 200;
const CHANGES_PER_USER = 4;
/** The two largest take nearly all the time. */
const TABLES_AT_ONCE = 2;
/** Of one block: a new user's message and those of its changes. */
export const MESSAGES_PER_BLOCK = USERS_PER_BLOCK * (1 + CHANGES_PER_USER);

/** The users of a log of so many blocks. */
export function usersOnFile(blocks: number): UserBlocks {
  return { prefix: PREFIX, blocks, perBlock: USERS_PER_BLOCK };
}

/**
 * Fills an empty database with so many blocks of messages and all that follows from them. The first is taken by Docket
 * itself; the others are its rows once more, in every table, under other ids and a second earlier each. Bodies are as
 * short as a user's can be, and the change log's values, which Docket writes and never reads, are left out.
 */
export async function fillLog(url: string, blocks: number): Promise<void> {
  await takeFirst(url);
  const sql = postgres(url, { max: TABLES_AT_ONCE, onnotice: () => undefined });
  const tables = await sql<{ name: string; bytes: number }[]>`
    select format('%I.%I', schemaname, relname) as name, pg_total_relation_size(relid) as bytes
    from pg_stat_user_tables where schemaname in ('clerk', 'docket') order by bytes`;
  const left = tables.map(({ name }) => name);
  const worker = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const table = name;
      if (blocks > 1) await sql.begin((tx) => multiply(tx, { name: table, blocks }));
    }
  };
  await Promise.all(Array.from({ length: TABLES_AT_ONCE }, worker));
  await sql`vacuum analyze`;
  await sql`checkpoint`;
  await sql.end();
}

async function takeFirst(url: string): Promise<void> {
  await using server = await startServer(DOCKET, { url });
  const way = { ports: [server.port], path: DOCKET.path, senders: 32 };
  const made: Load = {
    sender: "clerk",
    event: "created",
    bodyBytes: 0,
    keys: 1,
    users: usersOnFile(1),
    count: USERS_PER_BLOCK,
    run: `${FIRST}new`,
  };
  await sendAll({ ...made, ...way });
  const changes = { count: USERS_PER_BLOCK * CHANGES_PER_USER, run: `${FIRST}changed` };
  await sendAll({ ...made, ...way, ...changes, event: "updated" });
  await server.end();
}

interface Table {
  readonly name: string;
  readonly blocks: number;
}

/** Indexes are made after the rows: to keep them meanwhile takes several times as long. */
async function multiply(sql: postgres.TransactionSql, { name, blocks }: Table): Promise<void> {
  await sql`set local maintenance_work_mem = '512MB'`;
  const [row] = await sql.unsafe(`select exists (select from ${name} it where it::text like '%${FIRST}%') as has`);
  if (row?.["has"] !== true) return;
  await sql.unsafe(`create temporary table first on commit drop as select * from ${name}`);
  // What is written to a table of this transaction's own goes to the disk once, and not to the WAL as well.
  await sql.unsafe(`truncate ${name}`);
  const constraints = await sql<{ name: string; definition: string }[]>`
    select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = ${name}::regclass and contype in ('p', 'u')`;
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = ${name}::regclass and not exists (select from pg_constraint where conindid = indexrelid)`;
  for (const it of constraints) await sql.unsafe(`alter table ${name} drop constraint ${it.name}`);
  for (const it of indexes) await sql.unsafe(`drop index ${it.name}`);
  const columns = await sql<{ name: string; type: string }[]>`
    select quote_ident(attname) as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = ${name}::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`;
  await sql.unsafe(`
    insert into ${name} (${columns.map((it) => it.name).join(", ")})
    select ${columns.map(copied).join(", ")} from generate_series(0, ${blocks - 1}) n, first it`);
  for (const it of constraints) await sql.unsafe(`alter table ${name} add constraint ${it.name} ${it.definition}`);
  for (const it of indexes) await sql.unsafe(it.definition);
}

function copied({ name, type }: { readonly name: string; readonly type: string }): string {
  if (type === "jsonb" && (name === "before" || name === "after")) return `'"left out"'::jsonb`;
  const renamed = `replace(it.${name}::text, '${FIRST}', '${PREFIX}' || n || '_')`;
  if (type === "text") return renamed;
  if (type === "jsonb" || type === "json") return `${renamed}::${type}`;
  return type === "timestamp with time zone" ? `it.${name} - n * interval '1 s'` : `it.${name}`;
}
