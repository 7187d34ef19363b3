import { expect, test } from "bun:test";
import { Effect, Layer, Logger } from "effect";
import { sql } from "kysely";
import { Database } from "../../../src/shell/database/database.ts";
import type { KindSummary } from "../../../src/shell/reconcile/discrepancy.ts";
import { reconcileIfDue, reconcileLayer } from "../../../src/shell/reconcile/reconcile_layer.ts";
import { EventStore } from "../../../src/shell/store/event_store.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { apiOf } from "../../support/reconciling.ts";
import { until } from "../../support/stage.ts";

const HOUR_MS = 3_600_000;

interface Running {
  readonly everyMs?: number;
  readonly beforeRequest?: () => Promise<void>;
}

function optionsOf(clerk: FakeClerk, { everyMs = HOUR_MS, ...running }: Running = {}) {
  return { everyMs, api: apiOf(clerk, running), instanceIds: [INSTANCE_ID] };
}

function servicesOf({ db, flavor }: TestDatabase): Layer.Layer<Database | EventStore> {
  const store = EventStore.layer({ instanceIds: [INSTANCE_ID], onDelete: "erase", production: true });
  const quiet = Logger.layer([]);
  return store.pipe(Layer.provideMerge(Layer.succeed(Database, { db, flavor })), Layer.provideMerge(quiet));
}

/** One look whether it is due, as a process does it. */
function look(database: TestDatabase, clerk: FakeClerk, running: Running = {}): Promise<readonly KindSummary[] | null> {
  return Effect.runPromise(Effect.provide(reconcileIfDue(optionsOf(clerk, running)), servicesOf(database)));
}

/** Time goes by for the turn: so many hours. */
async function pass({ db }: TestDatabase, hours: number): Promise<void> {
  const by = sql`${hours}::integer * interval '1 hour'`;
  await sql`
    update docket.reconcile set due_at = due_at - ${by}, full_at = full_at - ${by}, looked_at = looked_at - ${by},
      leased_until = leased_until - ${by}`.execute(db);
}

async function liveUsers({ db }: TestDatabase): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from clerk.live_users`.execute(db);
  return rows[0]?.count ?? 0;
}

eachDatabase("reconcileIfDue()", (database) => {
  test("compares everything at first and once a day, and in between the users that changed", async () => {
    await using clerk = startFakeClerk();
    const ids = [clerk.world.addUser(), clerk.world.addUser()];
    expect((await look(database(), clerk))?.length).toBeGreaterThan(1);
    expect(await liveUsers(database())).toBe(2);
    expect(await look(database(), clerk)).toBeNull();

    await pass(database(), 1);
    clerk.world.addUser();
    clerk.world.remove("user", ids[0] ?? "");
    const calls = clerk.calls.length;
    expect(await look(database(), clerk)).toMatchObject([{ kind: "user", missing: 1, deleted: 0, fixed: 1 }]);
    expect(clerk.calls.slice(calls).map(({ path }) => path)).not.toContain("/organizations");
    expect(await liveUsers(database())).toBe(3);

    await pass(database(), 24);
    const full = await look(database(), clerk);
    expect(full?.find(({ kind }) => kind === "user")).toMatchObject({ deleted: 1, fixed: 1 });
    expect(await liveUsers(database())).toBe(2);
  });

  test("lets one process at a time, and another go on where one was killed", async () => {
    await using clerk = startFakeClerk();
    clerk.world.addUser();
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const beforeRequest = (): Promise<void> => {
      asked.resolve();
      return goOn.promise;
    };
    const first = look(database(), clerk, { beforeRequest });
    await asked.promise;
    expect(await look(database(), clerk)).toBeNull();
    // It says nothing for longer than its lease.
    await pass(database(), 1);
    expect(await look(database(), clerk)).not.toBeNull();
    goOn.resolve();
    await first;
    // What the first one ends is no turn of its own any more.
    expect(await look(database(), clerk)).toBeNull();
  });

  test("fails, and is due again soon, when the key is of another instance", async () => {
    await using clerk = startFakeClerk({ instanceId: "ins_other" });
    await expect(look(database(), clerk)).rejects.toThrow("is of the instance ins_other");
    const { rows } = await sql<{ due: boolean; run: string | null }>`
      select due_at between now() + interval '50 seconds' and now() + interval '1 minute' as due, run
      from docket.reconcile`.execute(database().db);
    expect(rows).toEqual([{ due: true, run: null }]);
  });
});

eachDatabase("reconcileLayer()", (database) => {
  test("goes on by itself, and ends in the middle of a scan", async () => {
    await using clerk = startFakeClerk();
    const scope = Layer.provide(reconcileLayer(optionsOf(clerk, { everyMs: 400 })), servicesOf(database()));
    const stop = new AbortController();
    const running = Effect.runPromiseExit(Layer.launch(scope), { signal: stop.signal });
    for (const users of [1, 2]) {
      clerk.world.addUser();
      await until(`${users} users are there`, async () => (await liveUsers(database())) === users);
    }
    clerk.fail({ _tag: "Slow", ms: 5_000 }, { path: /^\/users$/ });
    const calls = clerk.calls.length;
    await until("it asks", () => clerk.calls.slice(calls).some(({ path }) => path === "/users"));
    const startedMs = performance.now();
    stop.abort();
    await running;
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const { rows } = await sql<{ run: string | null }>`select run from docket.reconcile`.execute(database().db);
    expect(rows).toEqual([{ run: null }]);
  });
});
