import { expect, test } from "bun:test";
import { AbortedTransactionError, type Kysely, sql } from "kysely";
import { sqlState } from "../../../src/shell/database/sql_state.ts";
import { eachDatabase } from "../../support/databases.ts";

async function one(db: Kysely<never>, query: ReturnType<typeof sql<Record<string, unknown>>>): Promise<unknown> {
  const { rows } = await query.execute(db);
  return rows[0];
}

const AWKWARD = { text: `"quoted" \\ 'it''s' \n é 🦊`, list: [1, null, { deep: true }], number: 1.5, none: null };

/** The same program on both: whoever writes SQL need not know which database runs it. */
eachDatabase("the dialect", (database) => {
  const ask = (query: ReturnType<typeof sql<Record<string, unknown>>>): Promise<unknown> =>
    one(database().db as unknown as Kysely<never>, query);

  test("reads int8 as a number, and as a bigint where that would not be exact", async () => {
    expect(
      await ask(
        sql`select 42::int8 as small, 9007199254740993::int8 as large, -9007199254740993::int8 as low, count(*) as n`,
      ),
    ).toEqual({ small: 42, large: 9007199254740993n, low: -9007199254740993n, n: 1 });
  });

  test("takes numbers and bigints for int8", async () => {
    expect(await ask(sql`select ${1_764_000_000_000}::int8 as a, ${9007199254740993n}::int8 as b`)).toEqual({
      a: 1_764_000_000_000,
      b: 9007199254740993n,
    });
  });

  test("reads timestamptz as a Date and takes one", async () => {
    const at = new Date("2026-11-23T12:34:56.789Z");
    expect(
      await ask(sql`select ${at}::timestamptz as same, to_timestamp(0) as zero, null::timestamptz as none`),
    ).toEqual({
      same: at,
      zero: new Date(0),
      none: null,
    });
  });

  test("stores an object by way of text as jsonb, not as a string of JSON", async () => {
    expect(
      await ask(sql`select ${JSON.stringify(AWKWARD)}::text::jsonb as data,
        jsonb_typeof(${JSON.stringify(AWKWARD)}::text::jsonb) as type`),
    ).toEqual({ data: AWKWARD, type: "object" });
  });

  test("takes many rows as one parameter", async () => {
    const rows = [
      { id: "a", at: 9007199254740, data: AWKWARD },
      { id: "b", at: null, data: {} },
    ];
    const result = await sql`select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as row (id text, at int8, data jsonb) order by id`.execute(database().db);
    expect(result.rows).toEqual(rows);
  });

  test("reads booleans, lists as jsonb, floats and numerics alike", async () => {
    expect(
      await ask(
        sql`select true as yes, to_jsonb(array['a', 'b']) as list, 1.5::float8 as float, 1.50::numeric as exact`,
      ),
    ).toEqual({
      yes: true,
      list: ["a", "b"],
      float: 1.5,
      exact: "1.50",
    });
  });

  test("says how many rows a statement wrote", async () => {
    const { db } = database();
    const counts = await db.connection().execute(async (connection) => {
      await sql`create temporary table counted (id int primary key)`.execute(connection);
      const insert = await sql`insert into counted select generate_series(1, 3)`.execute(connection);
      const again = await sql`insert into counted values (1) on conflict do nothing`.execute(connection);
      const remove = await sql`delete from counted where id < 3`.execute(connection);
      await sql`drop table counted`.execute(connection);
      return [insert, again, remove].map((result) => result.numAffectedRows);
    });
    expect(counts).toEqual([3n, 0n, 2n]);
  });

  test("refuses several statements in one query", async () => {
    const error = await sql`select 1; select 2`.execute(database().db).catch((cause: unknown) => cause);
    expect(sqlState(error)).toBe("42601");
  });

  test("throws when the commit of a failed transaction became a rollback", async () => {
    const { db } = database();
    const transaction = db.transaction().execute(async (trx) => {
      await sql`select 1 / 0`.execute(trx).catch(() => undefined);
      return "seemingly fine";
    });
    const error = await transaction.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AbortedTransactionError);
    expect(await ask(sql`select 1 as one`)).toEqual({ one: 1 });
  });

  test("rolls back to a savepoint and goes on", async () => {
    const { db } = database();
    const trx = await db.startTransaction().execute();
    const inner = await trx.savepoint('a "name"').execute();
    const error = await sql`select 1 / 0`.execute(inner).catch((cause: unknown) => cause);
    expect(sqlState(error)).toBe("22012");
    await inner.rollbackToSavepoint('a "name"').execute();
    await trx.commit().execute();
  });

  test("keeps the isolation level and access mode asked for", async () => {
    const settings = await database()
      .db.transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute((trx) =>
        one(
          trx as unknown as Kysely<never>,
          sql`select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as read_only`,
        ),
      );
    expect(settings).toEqual({ level: "repeatable read", read_only: "on" });
  });

  test("keeps parameters, which are people's data, out of what an error shows", async () => {
    const error = await sql`select ${"ada@example.com"}::text, 1 / ${0}::int`
      .execute(database().db)
      .catch((cause: unknown) => cause);
    expect(sqlState(error)).toBe("22012");
    expect(Bun.inspect(error)).not.toContain("ada@example.com");
    expect(JSON.stringify(error)).not.toContain("ada@example.com");
  });
});
