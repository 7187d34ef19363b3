import { INSERT_EFFECT } from "../contestant.ts";
import { measure } from "../measure.ts";
import { importPeer, openPool, type Pool } from "../peer_packages.ts";
import type { PgBoss, PgBossPackage } from "./pg_boss_types.ts";

const QUEUE = "effects";
let url = "";
let boss: PgBoss;
let pool: Pool;

/** As its README has it: `work` with no options, which takes one job every two seconds. */
export async function start(databaseUrl: string): Promise<void> {
  url = databaseUrl;
  pool = await openPool(url);
  const { PgBoss } = await importPeer<PgBossPackage>("pg-boss");
  boss = new PgBoss(url);
  boss.on("error", console.error);
  await boss.start();
  await boss.createQueue(QUEUE);
  await boss.work(QUEUE, async ([job]) => {
    await pool.query(INSERT_EFFECT, [job?.data.key]);
  });
}

export function run(events: number): Promise<number> {
  return measure(url, { events, send: (key) => boss.send(QUEUE, { key }) });
}

export async function stop(): Promise<void> {
  await boss.stop();
  await pool.end();
}
