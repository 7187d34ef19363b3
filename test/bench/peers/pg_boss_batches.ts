import { INSERT_EFFECT } from "../contestant.ts";
import { measure } from "../measure.ts";
import { importPeer, openPool, type Pool } from "../peer_packages.ts";
import type { PgBoss, PgBossPackage } from "./pg_boss_types.ts";

const QUEUE = "effects";
let url = "";
let boss: PgBoss;
let pool: Pool;

/** As fast as its options make it for one worker: large batches, the shortest poll, no pause after a full batch. */
export async function start(databaseUrl: string): Promise<void> {
  url = databaseUrl;
  pool = await openPool(url);
  const { PgBoss } = await importPeer<PgBossPackage>("pg-boss");
  boss = new PgBoss(url);
  boss.on("error", console.error);
  await boss.start();
  await boss.createQueue(QUEUE);
  const options = { batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  await boss.work(QUEUE, options, async (jobs) => {
    await Promise.all(jobs.map((job) => pool.query(INSERT_EFFECT, [job.data.key])));
  });
}

export function run(events: number): Promise<number> {
  return measure(url, { events, send: (key) => boss.send(QUEUE, { key }) });
}

export async function stop(): Promise<void> {
  await boss.stop();
  await pool.end();
}
