import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { configFile } from "../support/config_file.ts";
import type { TestDatabase } from "../support/databases.ts";
import { expectRows } from "../support/expect_rows.ts";
import { EPOCH_MS, histories, INSTANCE_ID, type WireMessage } from "../support/histories.ts";
import { expectedRows } from "../support/oracle.ts";
import { ownProcesses } from "../support/own_processes.ts";
import { makePostgres } from "../support/postgres.ts";
import { runCommand, type ServeProcess, startProcess } from "../support/process.ts";
import { send } from "../support/service.ts";
import { eachOf, shuffled } from "../support/shuffled.ts";
import { rowsOfDatabase } from "../support/sql_mirror.ts";

/** Goal: what only whole processes show, that is, racing each other, being stopped, killed, and losing the database. */

const LIMIT_MS = 60_000;
/** Longest time from the database's return until messages are taken again. */
const BACK_LIMIT_MS = 15_000;
const { start, openPostgres, defer } = ownProcesses(LIMIT_MS);

describe("two processes on one PostgreSQL", () => {
  test(
    "that race for the same shuffled and repeated messages end in the tables of the sorted history",
    async () => {
      const { db, url } = await openPostgres();
      const both = await Promise.all([start({ DATABASE_URL: url }), start({ DATABASE_URL: url })]);
      const history = fc
        .sample(histories, { numRuns: 60, seed: 11 })
        .flatMap((messages, world) => inWorld(messages, world));
      const twice = shuffled([...history, ...history], 5).map((message, index) => ({ message, index }));
      await eachOf(twice, { concurrency: 32 }, async ({ message, index }) => {
        const reply = await send(both[index % 2] as ServeProcess, JSON.stringify(message.envelope), {
          id: message.svixId,
        });
        expect(reply.status).toBe(200);
      });
      expectRows(await rowsOfDatabase(db), expectedRows(history, { onDelete: "erase" }));
      const { rows } = await sql<{
        deliveries: number;
      }>`select sum(deliveries)::int as deliveries from docket.message`.execute(db);
      expect(rows[0]?.deliveries).toBe(twice.length);
    },
    LIMIT_MS,
  );
});

describe("two processes with policies", () => {
  test(
    "end in the jobs that the log says, as verify finds out",
    async () => {
      const { db, url } = await openPostgres();
      using config = configFile(`
      import { builtin, defineConfig, job, policy } from "docket";
      const tell = policy("tell", { kind: "user", until: "never", maxAge: "forever" }, ({ before, after }) => [
        job("log", { from: before._tag, to: after._tag, event: after.event }),
      ]);
      const options = { handler: "mine", maxAge: "forever" };
      export default defineConfig({ policies: [tell, builtin.grantAccess(options), builtin.revokeAccess(options)] });`);
      const environment = { DATABASE_URL: url, DOCKET_CONFIG: config.path };
      const both = await Promise.all([start(environment), start(environment)]);
      const history = fc
        .sample(histories, { numRuns: 40, seed: 7 })
        .flatMap((messages, world) => inWorld(messages, world));
      const twice = shuffled([...history, ...history], 3).map((message, index) => ({ message, index }));
      await eachOf(twice, { concurrency: 32 }, async ({ message: { envelope, svixId }, index }) => {
        expect((await send(both[index % 2] as ServeProcess, JSON.stringify(envelope), { id: svixId })).status).toBe(
          200,
        );
      });
      const { rows } = await sql<{ jobs: number }>`select count(*) as jobs from docket.job where wanted`.execute(db);
      expect(rows[0]?.jobs).toBeGreaterThan(50);
      expect(await runCommand("verify", environment)).toMatchObject({
        code: 0,
        output: expect.stringContaining("equal"),
      });
      await sql`delete from docket.job where key = (select min(key) from docket.job where wanted)`.execute(db);
      expect(await runCommand("verify", environment)).toMatchObject({
        code: 1,
        output: expect.stringContaining("missing"),
      });
    },
    LIMIT_MS,
  );
});

describe("a process", () => {
  test(
    "that is told to stop under load answers what it took, keeps all it answered, and exits 0 in time",
    async () => {
      const { db, url } = await openPostgres();
      const running = await start({ DATABASE_URL: url });
      const { answered, refused } = await loadUntil(running, async () => {
        const atMs = performance.now();
        expect(await running.signal("SIGTERM")).toBe(0);
        expect(performance.now() - atMs).toBeLessThan(12_000);
      });
      expect(answered.length).toBeGreaterThan(50);
      expect(refused.filter((status) => status !== 503 && status !== null)).toEqual([]);
      expect(await missing(db, answered)).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    "that is killed under load loses nothing that it answered, and another takes over",
    async () => {
      const { db, url } = await openPostgres();
      const running = await start({ DATABASE_URL: url });
      const { answered } = await loadUntil(running, async () => {
        await running.signal("SIGKILL");
      });
      expect(answered.length).toBeGreaterThan(50);
      expect(await missing(db, answered)).toEqual([]);
      const next = await start({ DATABASE_URL: url });
      expect((await send(next, user(0), { id: answered[0] ?? "" })).status).toBe(200);
    },
    LIMIT_MS,
  );

  test(
    "on the embedded database loses nothing either when it is killed, and refuses a folder in use",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "docket-e2e-"));
      defer(() => rm(folder, { recursive: true, force: true }));
      const running = await start({ DOCKET_DATA_DIR: folder });
      const refused = await startProcess({ environment: { DOCKET_DATA_DIR: folder } }).catch(
        (error: Error) => error.message,
      );
      expect(refused).toMatch(/ended with 1: .*another Docket process/s);
      const { answered } = await loadUntil(running, async () => {
        await running.signal("SIGKILL");
      });
      const next = await start({ DOCKET_DATA_DIR: folder });
      for (const id of answered) {
        const reply = (await (await send(next, user(Number(id.split("_")[1])), { id })).json()) as { outcome: string };
        expect({ id, outcome: reply.outcome }).toEqual({ id, outcome: "duplicate" });
      }
      expect(await next.signal("SIGTERM")).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "outlives a restart of its database: 503 meanwhile, then all goes on",
    async () => {
      const cluster = await makePostgres();
      defer(() => cluster.remove());
      const running = await start({ DATABASE_URL: cluster.url("postgres") });
      expect((await send(running, user(1), { id: "msg_1" })).status).toBe(200);
      await cluster.stop("QUIT");
      const away = await send(running, user(2), { id: "msg_2" });
      expect([away.status, Number(away.headers.get("retry-after")) > 0]).toEqual([503, true]);
      expect((await fetch(`${running.url}/readyz`)).status).toBe(503);
      expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
      await cluster.start();
      const backAtMs = performance.now();
      let status = 503;
      while (status === 503 && performance.now() - backAtMs < BACK_LIMIT_MS) {
        status = (await send(running, user(2), { id: "msg_2" })).status;
      }
      expect(status).toBe(200);
      expect((await send(running, user(1), { id: "msg_1" })).status).toBe(200);
      expect(await running.signal("SIGTERM")).toBe(0);
    },
    LIMIT_MS,
  );
});

interface Load {
  /** Svix ids of messages answered 200. */
  readonly answered: readonly string[];
  /** Statuses of the others; null where the connection broke. */
  readonly refused: readonly (number | null)[];
}

/** Sends messages, eight at a time, until the deed is done and the service answers no more. */
async function loadUntil(running: ServeProcess, deed: () => Promise<void>): Promise<Load> {
  const answered: string[] = [];
  const refused: (number | null)[] = [];
  const isUnderWay = Promise.withResolvers<void>();
  let next = 0;
  let over = false;
  const sender = async (): Promise<void> => {
    while (!over) {
      const id = `msg_${next++}`;
      const reply = await send(running, user(Number(id.slice(4))), { id }).catch(() => null);
      if (reply?.status === 200) answered.push(id);
      else refused.push(reply?.status ?? null);
      if (reply === null) return;
      if (answered.length > 100) isUnderWay.resolve();
    }
  };
  const senders = Promise.all(Array.from({ length: 8 }, sender));
  await isUnderWay.promise;
  await deed();
  over = true;
  await senders;
  return { answered, refused };
}

async function missing(db: TestDatabase["db"], ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ svix_id: string }>`select svix_id from docket.event`.execute(db);
  const found = new Set(rows.map(({ svix_id }) => svix_id));
  return ids.filter((id) => !found.has(id));
}

function user(step: number): string {
  const data = { id: `user_${step % 17}`, first_name: "Ada", created_at: EPOCH_MS, updated_at: EPOCH_MS + step };
  return JSON.stringify({ type: "user.updated", instance_id: INSTANCE_ID, timestamp: EPOCH_MS + step, data });
}

/** The same history about other entities: every id gets the world's number, every message id too. */
function inWorld(messages: readonly WireMessage[], world: number): readonly WireMessage[] {
  const text = JSON.stringify(messages).replaceAll(/\b(idn_user|user|org\w*|sess|csub\w*|role|sms)_\d/g, `$&w${world}`);
  return (JSON.parse(text) as readonly WireMessage[]).map((it) => ({ ...it, svixId: `${it.svixId}_w${world}` }));
}
