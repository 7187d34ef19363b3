import postgres from "postgres";
import type { PostgresCluster } from "../../support/postgres.ts";

/** A connection that makes and drops databases. */
export function openAdmin(server: PostgresCluster): postgres.Sql {
  return postgres(server.url("postgres"), { max: 1, onnotice: () => undefined });
}

const WAL_BYTES = 900_000_000;
const PIECE_BYTES = 1_000_000;

/**
 * Makes a server one that has been busy for a while: the files of its write-ahead log are there, and used again. A new one
 * fills each with zeros first, 16 MB at a time, while all who commit wait.
 */
export async function breakIn(server: PostgresCluster): Promise<void> {
  const admin = openAdmin(server);
  for (let written = 0; written < WAL_BYTES; written += PIECE_BYTES) {
    await admin`select pg_logical_emit_message(false, 'bench', repeat('x', ${PIECE_BYTES}::integer))`;
  }
  await admin.unsafe("checkpoint");
  await admin.end();
}

export interface Renewed {
  readonly database: string;
  /** The database that it is a copy of. @default none: it is empty */
  readonly like?: string;
}

/** Makes the database anew. What was written before is on disk then, so that it does not fall on what comes next. */
export async function renew(admin: postgres.Sql, { database, like = "template1" }: Renewed): Promise<void> {
  await admin.unsafe(`drop database if exists ${database} with (force)`);
  await admin.unsafe(`create database ${database} template ${like}`);
  await admin.unsafe("checkpoint");
}
