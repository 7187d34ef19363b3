import { expect, test } from "bun:test";
import { sql } from "kysely";
import { migrations } from "../../migrations/mod.ts";
import { eachDatabase } from "../support/databases.ts";

eachDatabase("0011 on what is built without lz4, and with it", (database) => {
  test("spares rows of some kilobytes from pglz, and can be taken back", async () => {
    const { db } = database();
    const speed = migrations["0011_speed"];
    expect(await isSpared(database().db)).toBe(true);
    await speed?.down?.(db);
    expect(await isSpared(db)).toBe(false);
    await speed?.up(db);
    expect(await isSpared(db)).toBe(true);
  });
});

type Db = Parameters<NonNullable<(typeof migrations)[string]>["up"]>[0];

/** Either by another compression, or by a higher limit. */
async function isSpared(db: Db): Promise<boolean> {
  const { rows } = await sql<{ isSpared: boolean }>`
    select a.attcompression = 'l' or coalesce(c.reloptions @> array['toast_tuple_target=4080'], false) as "isSpared"
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where (c.oid, a.attname) in (('docket.log'::regclass, 'payload'), ('clerk.users'::regclass, 'data'))`.execute(db);
  expect(rows).toHaveLength(2);
  return rows.every((row) => row.isSpared);
}
