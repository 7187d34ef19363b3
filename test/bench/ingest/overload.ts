import { checkBooks } from "./books.ts";
import { DOCKET } from "./entries.ts";
import type { Load } from "./requests.ts";
import { send, sendAll } from "./send.ts";
import { startServer } from "./server.ts";

/** More than can be taken at once. */
export interface Flood {
  readonly name: string;
  readonly connections: number;
  readonly bodyBytes: number;
}

/** What came of it. */
export interface Flooded {
  readonly taken: number;
  /** Told to come again. */
  readonly told503: number;
  /** Any other answer, or none. */
  readonly otherwise: number;
  readonly peakMebibytes: number;
  /** A while after it. */
  readonly laterMebibytes: number;
  readonly secondsToTakeTheRest: number;
}

const LIMIT_MS = 120_000;
const REST_MS = 2_000;

/**
 * Sends one message over each of so many connections at once, then again those that were refused, as their sender would.
 * Rejects if one that was acknowledged is missing, or if any is not taken when it comes again.
 */
export async function flood(url: string | undefined, { connections, bodyBytes, name }: Flood): Promise<Flooded> {
  await using server = await startServer(DOCKET, { url });
  const load: Load = { sender: "clerk", event: "created", keys: 1, bodyBytes, count: connections, run: "flood" };
  const way = { ports: [server.port], path: DOCKET.path };
  const first = await send({ ...load, ...way, senders: connections, limitMs: LIMIT_MS });
  if (!server.isRunning()) throw new Error(`${name}: the server has ended`);
  const peakMebibytes = server.memory().peak;
  await Bun.sleep(REST_MS);
  const laterMebibytes = server.memory().now;
  const rest = { only: first.refused, senders: 32 };
  const { seconds } = first.refused.length === 0 ? { seconds: 0 } : await sendAll({ ...load, ...way, ...rest });
  await server.end();
  const database = url === undefined ? { dataDir: server.dataDir } : { url };
  const wanted = { messages: connections, entities: connections, jobs: connections };
  await checkBooks(database, { books: DOCKET.books, wanted });
  const taken = connections - first.refused.length;
  const told503 = first.statuses[503] ?? 0;
  const otherwise = first.refused.length - told503;
  return { taken, told503, otherwise, peakMebibytes, laterMebibytes, secondsToTakeTheRest: seconds };
}
