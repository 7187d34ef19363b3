import postgres from "postgres";
import type { PostgresCluster } from "../../support/postgres.ts";
import { idOf, parcelOf } from "./one_message.ts";
import { keyOf, type Load } from "./requests.ts";
import { send } from "./send.ts";
import type { RunningServer } from "./server.ts";
import { post, type Subject, type Verdict } from "./trials.ts";

const RATE_PER_SECOND = 150;
const SECONDS = 8;
const CRASH_AFTER_MS = 3_000;
const AWAY_MS = 1_500;
/** For all answers to come. */
const LIMIT_MS = 25_000;
const BACK_LIMIT_MS = 15_000;
const LOOK_MS = 100;

export interface Restart extends Subject {
  readonly server: RunningServer;
  readonly cluster: PostgresCluster;
}

/**
 * PostgreSQL stops, as in a crash, while messages come at a steady rate, and starts again. Right if none that was
 * acknowledged is missing, every message was answered, and the server takes messages again without being started anew.
 */
export async function tryRestart({ server, cluster, ...subject }: Restart): Promise<Verdict> {
  const { entry, port } = subject;
  const load: Load = {
    sender: entry.sender,
    event: "created",
    bodyBytes: 1_500,
    keys: 1,
    count: RATE_PER_SECOND * SECONDS,
    run: "restart",
  };
  const way = { ports: [port], path: entry.path, senders: 32, ratePerSecond: RATE_PER_SECOND, limitMs: LIMIT_MS };
  const sending = send({ ...load, ...way });
  await Bun.sleep(CRASH_AFTER_MS);
  await cluster.stop("QUIT");
  await Bun.sleep(AWAY_MS);
  await cluster.start();
  const { statuses, refused } = await sending;
  const isBack = await comesBack(subject);
  const missing = await missingOf(subject, { load, refused });
  const told = Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^[345]/.test(status) ? count : 0), 0);
  const unanswered = refused.length - told;
  const ended = server.isRunning() ? "takes nothing any more" : "its process ended";
  const text = [
    isBack ? "comes back by itself" : ended,
    `of ${load.count} told to come again ${told}, left without an answer ${unanswered}`,
    `acknowledged and lost ${missing}`,
  ].join("; ");
  return { isRight: isBack && missing === 0 && unanswered === 0, text };
}

/** Whether it takes a message within the limit. */
async function comesBack(subject: Subject): Promise<boolean> {
  const startMs = performance.now();
  while (performance.now() - startMs < BACK_LIMIT_MS) {
    const parcel = parcelOf({
      sender: subject.entry.sender,
      event: "created",
      key: "back",
      atMs: Date.now(),
      name: "back",
    });
    const status = await Promise.race([post(subject, parcel).catch(() => 0), Bun.sleep(BACK_LIMIT_MS).then(() => 0)]);
    if (status >= 200 && status < 300) return true;
    await Bun.sleep(LOOK_MS);
  }
  return false;
}

interface Sent {
  readonly load: Load;
  readonly refused: readonly number[];
}

async function missingOf({ entry, url }: Subject, { load, refused }: Sent): Promise<number> {
  const sql = postgres(url, { max: 1 });
  const rows = await sql.unsafe<{ id: string }[]>(entry.live ?? "");
  await sql.end();
  const there = new Set(rows.map(({ id }) => id));
  const isRefused = new Set(refused);
  const acknowledged = Array.from({ length: load.count }, (_, index) => index).filter((index) => !isRefused.has(index));
  return acknowledged.filter((index) => !there.has(idOf(entry.sender, keyOf(load, index)))).length;
}
