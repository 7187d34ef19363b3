import { join } from "node:path";
import postgres from "postgres";
import { startPglite } from "../../../src/shell/database/pglite_database.ts";

/** How a server's database says what it has, each in a statement that gives one `count`. */
export interface Books {
  readonly entities: string;
  readonly messages?: string;
  readonly jobs?: string;
  /** What it noted as gone wrong. There is to be nothing. */
  readonly faults?: string;
}

/** What is to be there after all was acknowledged. */
export interface Wanted {
  readonly entities: number;
  readonly messages: number;
  readonly jobs: number;
}

export type Database = { readonly url: string } | { readonly dataDir: string };

/**
 * Compares the books with what was sent: a server that answers and writes nothing, or whose policy fails at each
 * message, would be the fastest. Rejects with all figures if any is wrong.
 */
export async function checkBooks(
  database: Database,
  { books, wanted }: { books: Books; wanted: Wanted },
): Promise<void> {
  const found = await readBooks(database, books);
  const expected: Readonly<Record<string, number>> = { ...wanted, faults: 0 };
  const wrong = Object.entries(found).filter(([name, count]) => count !== expected[name]);
  if (wrong.length === 0) return;
  const figures = Object.entries(found).map(([name, count]) => `${count} ${name}, to be ${expected[name]}`);
  throw new Error(`The books are wrong: ${figures.join("; ")}`);
}

async function readBooks(database: Database, books: Books): Promise<Readonly<Record<string, number>>> {
  const { query, close } = await open(database);
  const found: Record<string, number> = {};
  for (const [name, statement] of Object.entries(books)) found[name] = await query(statement);
  await close();
  return found;
}

interface Reader {
  query(statement: string): Promise<number>;
  close(): Promise<void>;
}

async function open(database: Database): Promise<Reader> {
  if ("url" in database) {
    const sql = postgres(database.url, { max: 1 });
    return { query: async (statement) => Number((await sql.unsafe(statement))[0]?.["count"]), close: () => sql.end() };
  }
  const pglite = await startPglite({ dataDir: join(database.dataDir, "pglite") });
  return {
    query: async (statement) => Number((await pglite.query<{ count: number }>(statement)).rows[0]?.count),
    close: () => pglite.close(),
  };
}
