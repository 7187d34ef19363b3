import { checkBooks } from "./books.ts";
import type { Entry } from "./entries.ts";
import type { LoadResult } from "./load.ts";
import { type Load, messagesOf, usersOf } from "./requests.ts";
import type { Scenario } from "./scenarios.ts";
import { sendAll } from "./send.ts";
import { startServer } from "./server.ts";

/** What came of one run against one server. */
export interface Measured extends LoadResult {
  readonly perSecond: number;
  /** Of the server alone, at its most. */
  readonly peakMebibytes: number;
}

export interface RunOptions {
  readonly scenario: Scenario;
  /** The database, if it is to be PostgreSQL's. */
  readonly url: string | undefined;
  readonly count: number;
}

/** Starts the server, warms it, measures, checks that all that was acknowledged is there, and ends it. */
export async function runServer(entry: Entry, { scenario, url, count }: RunOptions): Promise<Measured> {
  await using server = await startServer(entry, { url });
  const { name: _, share: __, senders, ...what } = scenario;
  const warm: Load = { ...what, sender: entry.sender, count: Math.ceil(count / 5), run: "warm" };
  const real: Load = { ...warm, count, run: "real" };
  const way = { ports: [server.port], path: entry.path, senders };
  // As fast as it can, however the real ones are sent.
  await sendAll({ ...warm, ...way, ratePerSecond: undefined });
  const result = await sendAll({ ...real, ...way });
  const measured = { ...result, perSecond: count / result.seconds, peakMebibytes: server.memory().peak };
  await server.end();
  const messages = messagesOf(warm) + messagesOf(real);
  const wanted = {
    messages,
    entities: usersOf(warm) + usersOf(real),
    jobs: scenario.event === "created" ? messages : 0,
  };
  const database = url === undefined ? { dataDir: server.dataDir } : { url };
  await checkBooks(database, { books: entry.books, wanted });
  return measured;
}
