import { expect, test } from "bun:test";
import { sql } from "kysely";
import { sqlState } from "../../../src/shell/database/sql_state.ts";
import { makePipeline } from "../../../src/shell/store/pipeline.ts";
import { inTransaction, type Tx } from "../../../src/shell/store/sql.ts";
import { eachDatabase } from "../../support/databases.ts";

const DIVISION_BY_ZERO = "22012";

eachDatabase("what a pipeline leaves to the commit", (database) => {
  const leave = async (tx: Tx, divisor: number): Promise<void> => {
    const line = makePipeline(tx);
    line.add(sql`insert into docket.setting (key, value) values ('left', 'here')`);
    line.add(sql`select 1 / ${divisor}::integer`);
    line.add(sql`insert into docket.setting (key, value) values ('after', 'it')`);
    await line.send();
  };
  const run = (dry: boolean, then: (tx: Tx) => Promise<unknown>): Promise<string | undefined> =>
    inTransaction(database().db, { dry }, async (tx) => void (await then(tx))).then(() => "done", sqlState);
  const kept = async (): Promise<number> =>
    (await sql`select from docket.setting where key in ('left', 'after')`.execute(database().db)).rows.length;

  test("is done with it", async () => {
    expect(await run(false, (tx) => leave(tx, 1))).toBe("done");
    expect(await kept()).toBe(2);
  });

  test("fails it with its own error, and nothing stays", async () => {
    expect(await run(false, (tx) => leave(tx, 0))).toBe(DIVISION_BY_ZERO);
    expect(await kept()).toBe(0);
  });

  test("fails the next statement with its own error, Kysely's or a pipeline's", async () => {
    const next = async (tx: Tx): Promise<unknown> => sql`select 1`.execute(tx);
    expect(await run(false, (tx) => leave(tx, 0).then(() => next(tx)))).toBe(DIVISION_BY_ZERO);
    expect(await run(false, (tx) => leave(tx, 0).then(() => leave(tx, 1)))).toBe(DIVISION_BY_ZERO);
    expect(await kept()).toBe(0);
  });

  test("fails a dry run, which has no commit", async () => {
    expect(await run(true, (tx) => leave(tx, 1))).toBe("done");
    expect(await run(true, (tx) => leave(tx, 0))).toBe(DIVISION_BY_ZERO);
    expect(await kept()).toBe(0);
  });
});
