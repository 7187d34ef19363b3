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
}

/** What came of it. */
export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds to the answer; in an open loop, from when it should have been sent. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<number, number>>;
}

/** Makes all requests first, then sends them. */
export async function sendLoad(order: LoadOrder): Promise<LoadResult> {
  const requests = makeRequests(order, order.path);
  const portOf = (sender: number): number => order.ports[sender % order.ports.length] ?? 0;
  const connections = await Promise.all(
    Array.from({ length: order.senders }, (_, sender) => Connection.open(portOf(sender))),
  );
  const tookMs = new Float64Array(requests.length);
  const statuses: Record<number, number> = {};
  let next = 0;
  const startMs = performance.now();
  const sender = async (connection: Connection): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const dueMs = order.ratePerSecond === undefined ? 0 : startMs + (index * 1_000) / order.ratePerSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) await Bun.sleep(waitMs);
      const fromMs = order.ratePerSecond === undefined ? performance.now() : dueMs;
      const status = await connection.send(requests[index] ?? Buffer.alloc(0));
      tookMs[index] = performance.now() - fromMs;
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(connections.map(sender));
  const seconds = (performance.now() - startMs) / 1_000;
  for (const connection of connections) connection.close();
  const sorted = tookMs.sort();
  return { seconds, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), statuses };
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
