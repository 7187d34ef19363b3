import postgres from "postgres";
import type { PostgresCluster } from "../../support/postgres.ts";

/** A connection that makes and drops databases. */
export function openAdmin(server: PostgresCluster): postgres.Sql {
  return postgres(server.url("postgres"), { max: 1, onnotice: () => undefined });
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
