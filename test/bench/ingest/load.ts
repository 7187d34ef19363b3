import { Connection } from "./connection.ts";
import { type Load, makeRequests } from "./requests.ts";

/** What one run is to do. */
export interface LoadOrder extends Load {
  /** Where to: connections are spread over them. */
  readonly ports: readonly number[];
  readonly path: string;
  /** Connections, each with one request at a time. */
  readonly senders: number;
  /** Requests a second, sent on time whether or not answers come. Absent: each sender sends when its answer has come. */
  readonly ratePerSecond?: number | undefined;
  /** From then on no answer is waited for: what has none is not taken. */
  readonly limitMs?: number;
  /** Of all messages, these alone. */
  readonly only?: readonly number[];
}

/** What came of it. */
export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds to the answer; in an open loop, from when it should have been sent. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How many answers had which status; 0 for a connection that ended without one. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Which messages were not taken. */
  readonly refused: readonly number[];
}

const REOPEN_PAUSE_MS = 50;

/** Makes all requests first, then sends them. */
export async function sendLoad(order: LoadOrder): Promise<LoadResult> {
  const all = makeRequests(order, order.path);
  const indexes = order.only ?? all.map((_, index) => index);
  const portOf = (sender: number): number => order.ports[sender % order.ports.length] ?? 0;
  const connections: (Connection | undefined)[] = await Promise.all(
    Array.from({ length: order.senders }, (_, sender) => Connection.open(portOf(sender))),
  );
  const tookMs = new Float64Array(indexes.length);
  const statuses: Record<number, number> = {};
  const refused: number[] = [];
  let next = 0;
  const startMs = performance.now();
  let isOver = false;
  const end = (): void => {
    isOver = true;
    for (const connection of connections) connection?.abort();
  };
  const limit = order.limitMs === undefined ? undefined : setTimeout(end, order.limitMs);
  const sender = async (place: number): Promise<void> => {
    for (let turn = next++; turn < indexes.length; turn = next++) {
      const dueMs = order.ratePerSecond === undefined ? 0 : startMs + (turn * 1_000) / order.ratePerSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) await Bun.sleep(waitMs);
      const fromMs = order.ratePerSecond === undefined ? performance.now() : dueMs;
      const index = indexes[turn] ?? 0;
      if (isOver) {
        refused.push(index);
        continue;
      }
      const status = (await connections[place]?.send(all[index] ?? Buffer.alloc(0)).catch(() => 0)) ?? 0;
      tookMs[turn] = performance.now() - fromMs;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status < 200 || status > 299) refused.push(index);
      if (status === 0) {
        await Bun.sleep(REOPEN_PAUSE_MS);
        connections[place] = await Connection.open(portOf(place)).catch(() => undefined);
      }
    }
  };
  await Promise.all(connections.map((_, place) => sender(place)));
  const seconds = (performance.now() - startMs) / 1_000;
  clearTimeout(limit);
  for (const connection of connections) connection?.close();
  const sorted = tookMs.sort();
  return { seconds, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), statuses, refused };
}

function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

if (import.meta.main) {
  process.on("message", async (order: LoadOrder) => {
    process.send?.(await sendLoad(order));
    process.exit(0);
  });
  process.send?.("ready");
}
