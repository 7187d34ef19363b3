import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import type { Tx } from "../store/sql.ts";
import { LINKS, REBUILT_TABLES, type RebuiltTable } from "./rebuilt_table.ts";

/** Where the tables are made anew, beside those in use. */
export const SIDE_SCHEMA = "docket_rebuild";

/** Another rebuild began meanwhile, and took the side schema for itself. */
export class RebuildOvertaken extends Error {
  override readonly name = "RebuildOvertaken";
  override readonly message = "Another rebuild began meanwhile: wait for its end, then run this one again";
}

/** The same table in the side schema. */
export function sideOf(table: string): string {
  return `${SIDE_SCHEMA}.${table.slice(table.indexOf(".") + 1)}`;
}

/**
 * Makes the side schema, empty. One that is there, of a rebuild that was cut off, goes.
 *
 * @returns The name of this run: whoever makes the schema anew ends it.
 */
export async function makeSide(db: Kysely<DocketDatabase>): Promise<string> {
  const run = crypto.randomUUID();
  await db.transaction().execute(async (tx) => {
    await dropTables(tx);
    // In one statement: there are many, and each way to the database takes its time.
    await sql
      .raw(`do $make$ begin ${[...OWN, ...REBUILT_TABLES.flatMap(sideTable)].join("; ")}; end $make$`)
      .execute(tx);
    await sql`insert into docket_rebuild.run values (${run})`.execute(tx);
  });
  return run;
}

const OWN = [
  "create schema docket_rebuild",
  "create table docket_rebuild.run (run text not null)",
  `create table docket_rebuild.entity (
    kind text collate "C" not null, id text collate "C" not null, differs boolean not null, lost jsonb not null,
    head_seen text, told_seen bigint not null, primary key (kind, id))`,
  "create index on docket_rebuild.entity (kind, id) where differs",
  'create table docket_rebuild.sign_in (id text collate "C" primary key, at_ms bigint not null)',
];

/** Tells the planner what has been made: without it a swap of very many rows may take minutes instead of seconds. */
export async function analyzeSide(db: Kysely<DocketDatabase>): Promise<void> {
  for (const table of ["docket_rebuild.entity", ...REBUILT_TABLES.map(({ name }) => sideOf(name))]) {
    await sql`analyze ${sql.table(table)}`.execute(db);
  }
}

/** No keys: two users may claim one part, and which of them has it shows when all are made. */
function sideTable({ name, kindColumn, idColumn }: RebuiltTable): readonly string[] {
  const columns = kindColumn === null ? idColumn : `${kindColumn}, ${idColumn}`;
  return [
    `create table ${sideOf(name)} (like ${name} including defaults)`,
    `create index on ${sideOf(name)} (${columns})`,
    ...(idColumn === "user_id" ? [`create index on ${sideOf(name)} (id)`] : []),
    ...(name === LINKS.name ? [`create index on ${sideOf(name)} (parent_kind, parent_id)`] : []),
  ];
}

/** Takes the side schema away, if it is still this run's. */
export async function dropSide(db: Kysely<DocketDatabase>, run: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await isOurs(tx, run))) return;
    await dropTables(tx);
  });
}

/** @throws {RebuildOvertaken} If the side schema is no longer this run's. */
export async function checkSide(tx: Tx, run: string): Promise<void> {
  if (!(await isOurs(tx, run))) throw new RebuildOvertaken();
}

async function isOurs(tx: Tx, run: string): Promise<boolean> {
  const { rows: there } = await sql<{ there: boolean }>`
    select to_regclass('docket_rebuild.run') is not null as there`.execute(tx);
  if (there[0]?.there !== true) return false;
  const { rows } = await sql`select from docket_rebuild.run where run = ${run}`.execute(tx);
  return rows.length > 0;
}

async function dropTables(tx: Tx): Promise<void> {
  await sql`drop schema if exists ${sql.id(SIDE_SCHEMA)} cascade`.execute(tx);
}
