import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { startCallReceiver } from "../support/call_receiver.ts";
import { configFile } from "../support/config_file.ts";
import type { TestDatabase } from "../support/databases.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { ownProcesses } from "../support/own_processes.ts";
import type { ServeProcess } from "../support/process.ts";
import { send } from "../support/service.ts";
import { eachOf, shuffled } from "../support/shuffled.ts";

/**
 * Goal: jobs run once though their worker is killed between any two steps, and side by side on several workers. The
 * handler ends its own process where it is told to, so that each step is met for certain and not by luck.
 */

const LIMIT_MS = 120_000;
const USERS = 40;
const { start, openPostgres, defer } = ownProcesses(30_000);

/** Calls the receiver, counts in SQL, and dies at the step that `DIE_AT` names, when it has met it `DIE_AFTER` times. */
const CONFIG = `
import { builtin, defineConfig, handler, job, policy } from "docket";
const call = policy("call", { kind: "user", until: "never", maxAge: "forever" }, ({ after, ref }) => [
  job("call", { lane: ref.id, version: after._tag === "Live" ? after.asOfMs : after.deletedAtMs }),
]);
const count = builtin.provision({ handler: "sql", extra: { function: "app.count_user" }, maxAge: "forever" });
let met = 0;
const dieAt = (step: string): void => {
  if (step === process.env.DIE_AT && ++met === Number(process.env.DIE_AFTER)) process.kill(process.pid, "SIGKILL");
};
export default defineConfig({
  policies: [call, count],
  handlers: {
    call: handler({ order: "entity", concurrency: 8 }, async (payload, { key, signal }) => {
      dieAt("before");
      const { lane, version } = payload as { lane: string; version: number };
      const headers = { "idempotency-key": key, "x-lane": lane };
      const reply = fetch(process.env.RECEIVER ?? "", { method: "POST", headers, body: String(version), signal });
      await Bun.sleep(2);
      dieAt("during");
      await reply;
      dieAt("after");
    }),
  },
});`;

/** Each user is made, changed twice and deleted. */
function lives(): readonly { readonly id: string; readonly body: string }[] {
  const nowMs = Date.now();
  return Array.from({ length: USERS }, (_, number) =>
    ["user.created", "user.updated", "user.updated", "user.deleted"].map((type, step) => {
      const timestamp = nowMs + step;
      const id = `user_${number}`;
      const life = { created_at: nowMs, updated_at: timestamp, first_name: `name ${step}` };
      const data = type === "user.deleted" ? { id, deleted: true } : { id, ...life };
      return {
        id: `msg_${number}_${step}`,
        body: JSON.stringify({ type, instance_id: INSTANCE_ID, timestamp, data }),
      };
    }),
  ).flat();
}

const LIVES = lives();

async function sendAll(to: ServeProcess): Promise<void> {
  const twice = shuffled([...LIVES, ...LIVES], 3);
  await eachOf(twice, { concurrency: 16 }, async ({ id, body }) => {
    expect((await send(to, body, { id })).status).toBe(200);
  });
}

async function prepare({ db }: Pick<TestDatabase, "db">): Promise<void> {
  await sql`create schema app`.execute(db);
  await sql`create table app.user_count (key text)`.execute(db);
  await sql`
    create function app.count_user(payload jsonb, key text) returns void language sql as
    'insert into app.user_count values (key)'`.execute(db);
}

interface Tally {
  readonly open: number;
  readonly wanted: readonly string[];
  readonly counted: readonly string[];
}

async function tally({ db }: Pick<TestDatabase, "db">): Promise<Tally> {
  const { rows } = await sql<{ key: string; policy: string; state: string; phase: string }>`
    select key, policy, state, phase from docket.job order by key`.execute(db);
  const { rows: counted } = await sql<{ key: string }>`select key from app.user_count order by key`.execute(db);
  return {
    open: rows.filter(({ state, phase }) => state === "planned" || phase === "running").length,
    wanted: rows.filter(({ policy, state }) => policy === "call" && state === "done").map(({ key }) => key),
    counted: counted.map(({ key }) => key),
  };
}

async function untilDone(database: Pick<TestDatabase, "db">, limitMs: number): Promise<Tally> {
  for (const endMs = performance.now() + limitMs; ; await Bun.sleep(100)) {
    const found = await tally(database);
    if (found.open === 0) return found;
    if (performance.now() > endMs) throw new Error(`${found.open} jobs are still open`);
  }
}

const STEPS = ["before", "during", "after", "before", "during", "after"] as const;

describe("a worker that is killed", () => {
  test(
    "between any two steps leaves each intent done once by its key, and what is done in the database exactly once",
    async () => {
      const database = await openPostgres();
      await using receiver = startCallReceiver(5);
      using config = configFile(CONFIG);
      const settings = { DATABASE_URL: database.url, DOCKET_CONFIG: config.path, RECEIVER: receiver.url };
      const ingest = await start({ ...settings, DOCKET_ROLE: "ingest", DOCKET_ON_DELETE: "keep" });
      await prepare(database);
      await sendAll(ingest);
      for (const [index, step] of STEPS.entries()) {
        const dying = {
          DIE_AT: step,
          DIE_AFTER: String(3 + index * 4),
          DOCKET_ROLE: "worker",
          DOCKET_ON_DELETE: "keep",
        };
        const worker = await start({ ...settings, ...dying });
        await Promise.race([worker.ended, Bun.sleep(20_000)]);
      }
      await start({ ...settings, DOCKET_ROLE: "worker", DOCKET_ON_DELETE: "keep" });
      const { wanted, counted } = await untilDone(database, 60_000);
      expect(wanted.length).toBe(USERS * 4);
      expect([...new Set(receiver.answered.map(({ key }) => key))].toSorted()).toEqual([...wanted]);
      // Killed after the answer and before the record, it calls again: under the same key.
      expect(receiver.answered.length).toBeGreaterThan(wanted.length);
      expect(receiver.answered.length).toBeLessThan(wanted.length + STEPS.length * 8);
      expect(new Set(counted).size).toBe(counted.length);
      const { rows } = await sql<{ lost: number }>`
        select count(*)::int as lost from docket.attempt where outcome = 'lost'`.execute(database.db);
      expect(rows[0]?.lost).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  test(
    "on the embedded database goes on where it was as soon as it is started again",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "docket-e2e-"));
      defer(() => rm(folder, { recursive: true, force: true }));
      await using receiver = startCallReceiver(5);
      using config = configFile(CONFIG.replace("policies: [call, count]", "policies: [call]"));
      const settings = { DOCKET_DATA_DIR: folder, DOCKET_CONFIG: config.path, RECEIVER: receiver.url };
      const keep = { DOCKET_ON_DELETE: "keep" };
      const dying = await start({ ...settings, ...keep, DIE_AT: "after", DIE_AFTER: "60" });
      await sendAll(dying).catch(() => undefined);
      await Promise.race([dying.ended, Bun.sleep(20_000)]);
      const next = await start({ ...settings, ...keep });
      await sendAll(next);
      const keys = (): readonly string[] => [...new Set(receiver.answered.map(({ key }) => key))];
      for (const endMs = performance.now() + 30_000; keys().length < USERS * 4; await Bun.sleep(100)) {
        if (performance.now() > endMs) throw new Error(`${keys().length} keys have called`);
      }
      expect(await next.signal("SIGTERM")).toBe(0);
    },
    LIMIT_MS,
  );
});

describe("four workers on one database", () => {
  test(
    "never have one job twice at a time, and keep the order of each entity",
    async () => {
      const database = await openPostgres();
      await using receiver = startCallReceiver(3);
      using config = configFile(CONFIG);
      const settings = {
        DATABASE_URL: database.url,
        DOCKET_CONFIG: config.path,
        RECEIVER: receiver.url,
        DOCKET_ON_DELETE: "keep",
      };
      const ingest = await start({ ...settings, DOCKET_ROLE: "ingest" });
      await prepare(database);
      await sendAll(ingest);
      await Promise.all([1, 2, 3, 4].map(() => start({ ...settings, DOCKET_ROLE: "worker" })));
      const { wanted, counted } = await untilDone(database, 60_000);
      expect(wanted.length).toBe(USERS * 4);
      expect(receiver.overlaps).toEqual([]);
      expect(receiver.answered.map(({ key }) => key).toSorted()).toEqual([...wanted]);
      expect(new Set(counted).size).toBe(counted.length);
      for (const [, calls] of Map.groupBy(receiver.answered, ({ lane }) => lane)) {
        const versions = calls.map(({ version }) => version);
        expect(versions).toEqual(versions.toSorted((left, right) => left - right));
      }
      const { rows } = await sql<{ workers: number }>`
        select count(distinct run)::int as workers from docket.attempt`.execute(database.db);
      expect(rows[0]?.workers).toBeGreaterThan(3);
    },
    LIMIT_MS,
  );
});
