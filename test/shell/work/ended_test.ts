import { expect, test } from "bun:test";
import { sql } from "kysely";
import { builtin } from "../../../src/core/mod.ts";
import type { Handler } from "../../../src/shell/handler/handler.ts";
import type { EndedAttempt } from "../../../src/shell/signals/ended_attempt.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { greet } from "../../support/jobs.ts";
import { makeTestWorker, take, virtualClock } from "../../support/work.ts";

eachDatabase("ended attempts", (database) => {
  /** Runs all that is due, an hour after the jobs were planned, and gives what was told of it. */
  async function run(handlers: Readonly<Record<string, Handler>>): Promise<readonly EndedAttempt[]> {
    const ended: EndedAttempt[] = [];
    const at = `timestamptz 'epoch' + ${EPOCH_MS} * interval '1 millisecond'`;
    await sql.raw(`update docket.job set planned_at = ${at}, start_at = ${at}`).execute(database().db);
    const onEnded = (attempts: readonly EndedAttempt[]): void => void ended.push(...attempts);
    await makeTestWorker(database(), handlers, { ...virtualClock(EPOCH_MS + 3_600_000), onEnded }).runDue();
    return ended;
  }
  /** With the lag in whole hours: some moments more than one have passed. */
  const inHours = (ended: readonly EndedAttempt[]): readonly object[] =>
    ended.map((it) => ({ ...it, lagMs: it.lagMs === null ? null : Math.floor(it.lagMs / 3_600_000) }));
  const well: Handler = async () => undefined;

  test("are told of with how long the job could have begun, whatever came of them", async () => {
    await take(database(), [greet], [told("user.created", 1)]);
    const first = await run({ email: async () => Promise.reject(new Error("down")) });
    expect(inHours(first)).toEqual([{ policy: "greet", handler: "email", outcome: "failed", lagMs: 1 }]);
    await sql`update docket.job set next_at = null`.execute(database().db);
    expect(inHours(await run({ email: well }))).toEqual([
      { policy: "greet", handler: "email", outcome: "done", lagMs: 1 },
    ]);
    // A person has it run again: nothing kept it waiting since it was planned.
    await sql`update docket.job set phase = 'pending', again = 1, finished_at = null`.execute(database().db);
    expect(await run({ email: well })).toMatchObject([{ outcome: "done", lagMs: null }]);
  });

  test("are told of where the database does the job, one by one or many at once", async () => {
    const { db } = database();
    await sql`create schema if not exists app`.execute(db);
    await sql`create or replace function app.nothing(payload jsonb, key text) returns void language sql as ''`.execute(
      db,
    );
    const provision = builtin.provision({ handler: "sql", extra: { function: "app.nothing" }, maxAge: "forever" });
    await take(
      database(),
      [provision],
      [1, 2, 3].map((n) => told("user.created", 1, {}, `m${n}`, `user_${n}`)),
    );
    // One that was begun before is claimed; those that never were are done in one transaction.
    await sql`update docket.job set attempts = 1 where entity = 'user_3'`.execute(db);
    const ended = await run({});
    expect(inHours(ended)).toEqual(
      Array.from({ length: 3 }, () => ({ policy: "provision", handler: "sql", outcome: "done", lagMs: 1 })),
    );
  });
});
