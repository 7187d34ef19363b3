import { afterAll, expect, test } from "bun:test";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, sql } from "kysely";
import { migrations } from "../../migrations/mod.ts";

const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: new PGlite() }) });
afterAll(() => db.destroy());

test("0009 marks what is on file by its outcome, and can be taken back", async () => {
  const names = Object.keys(migrations);
  const at = names.indexOf("0009_views");
  for (const name of names.slice(0, at)) await migrations[name]?.up(db);
  for (const outcome of ["applied", "stale", "quarantined"]) {
    await sql`insert into docket.message (svix_id, body_hash, outcome) values (${outcome}, '', ${outcome})`.execute(db);
    await sql`
      insert into docket.log (svix_id, source, received_at, payload) values (${outcome}, 'webhook', now(), '')`.execute(
      db,
    );
  }
  const views = migrations["0009_views"];
  await views?.up(db);
  const { rows } = await sql<{ svix_id: string; not_applied: string | null }>`
    select svix_id, not_applied from docket.log order by svix_id`.execute(db);
  expect(rows).toEqual([
    { svix_id: "applied", not_applied: null },
    { svix_id: "quarantined", not_applied: "quarantined" },
    { svix_id: "stale", not_applied: "stale" },
  ]);
  await views?.down?.(db);
  await views?.up(db);
}, 60_000);
