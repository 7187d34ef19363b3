import { afterEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { Herald, noteWaiting } from "../../../src/shell/arrival/herald.ts";
import { Listener } from "../../../src/shell/arrival/listener.ts";
import { ask, event, sendEvent } from "../../support/api.ts";
import { openTestDatabase, type TestDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";
import { until } from "../../support/stage.ts";

/** News between processes: two services on one database, of which only one takes the webhook. */

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function open(): Promise<TestDatabase> {
  const database = await openTestDatabase("postgres");
  stack.defer(() => database.close());
  return database;
}

async function serve(database: TestDatabase, pollMs: number): Promise<Service> {
  const service = await startService(database, { arrivals: { pollMs } });
  stack.defer(() => service.stop());
  return service;
}

const NEVER_MS = 60_000;

async function listeners({ db }: TestDatabase): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database() and query like 'listen %'`.execute(db);
  return rows.map(({ pid }) => pid);
}

/** Who waits is known to other processes once it was noted. */
async function untilNoted({ db }: TestDatabase): Promise<void> {
  await until("somebody is known to wait", async () => {
    const { rows } = await sql`select from docket.setting where key = 'waited_for_until'`.execute(db);
    return rows.length === 1;
  });
}

describe("a wait in one process", () => {
  test("ends when another process takes the webhook", async () => {
    const database = await open();
    const [waiter, taker] = [await serve(database, NEVER_MS), await serve(database, NEVER_MS)];
    const waiting = Array.from({ length: 10 }, () => ask(waiter, "/entities/user/user_1?wait=20"));
    await untilNoted(database);
    await until("it listens", async () => (await listeners(database)).length === 1);
    await Bun.sleep(200);
    const startMs = performance.now();
    await sendEvent(taker, "msg_1", event("user.created", 1, { id: "user_1" }));
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect(performance.now() - startMs).toBeLessThan(3_000);
  }, 30_000);

  test("outlives its listening connection, which is opened again, and one is enough for all", async () => {
    const database = await open();
    const [waiter, taker] = [await serve(database, 100), await serve(database, NEVER_MS)];
    const waiting = Array.from({ length: 5 }, (_, n) => ask(waiter, `/entities/user/user_${n % 2}?wait=20`));
    await until("it listens", async () => (await listeners(database)).length === 1);
    const [pid] = await listeners(database);
    await sql`select pg_terminate_backend(${pid})`.execute(database.db);
    await until("it listens again", async () => {
      const pids = await listeners(database);
      return pids.length === 1 && pids[0] !== pid;
    });
    await sendEvent(taker, "msg_1", event("user.created", 1, { id: "user_0" }));
    await sendEvent(taker, "msg_2", event("user.created", 1, { id: "user_1" }));
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect(await listeners(database)).toHaveLength(1);
  }, 30_000);
});

describe("the herald", () => {
  test("says nothing while nobody waits, and much at once in few words", async () => {
    const database = await open();
    let heard = 0;
    const faults: unknown[] = [];
    const onFault = (cause: unknown): void => void faults.push(cause);
    const listener = new Listener(database.url ?? "", { onNews: () => (heard += 1), onFault });
    stack.defer(() => listener.close());
    listener.keepUp();
    await until("it listens", () => heard === 1);
    const herald = new Herald(database.db, onFault);
    for (let news = 0; news < 100; news += 1) herald.tell();
    await herald.idle();
    await noteWaiting(database.db, -5);
    herald.tell();
    await herald.idle();
    await Bun.sleep(100);
    expect(heard).toBe(1);
    await noteWaiting(database.db, 30);
    await noteWaiting(database.db, 5);
    for (let news = 0; news < 100; news += 1) herald.tell();
    await herald.idle();
    await until("it was heard", () => heard > 1);
    expect(heard).toBeWithin(2, 4);
    expect(faults).toEqual([]);
  });

  test("reports that the database is away, and goes on when it is back", async () => {
    const database = await open();
    const faults: unknown[] = [];
    const herald = new Herald(database.db, (cause) => faults.push(cause));
    await sql`alter table docket.setting rename to gone`.execute(database.db);
    herald.tell();
    await herald.idle();
    expect(faults).toHaveLength(1);
    await sql`alter table docket.gone rename to setting`.execute(database.db);
    herald.tell();
    await herald.idle();
    expect(faults).toHaveLength(1);
  });
});
