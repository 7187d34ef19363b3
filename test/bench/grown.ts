import { parseArgs } from "node:util";
import type postgres from "postgres";
import { makePostgres, type PostgresCluster } from "../support/postgres.ts";
import { openAdmin, renew } from "./ingest/admin.ts";
import { checkBooks } from "./ingest/books.ts";
import { DOCKET } from "./ingest/entries.ts";
import { fillLog, MESSAGES_PER_BLOCK, usersOnFile } from "./ingest/fill_log.ts";
import { countOf, describePlace, median, tableOf, whole } from "./ingest/report.ts";
import { activeOf, type Load } from "./ingest/requests.ts";
import { sendAll } from "./ingest/send.ts";
import { startServer } from "./ingest/server.ts";

/**
 * Whether a log that has grown makes Docket slow: the same messages, in turns, into an empty database and into one with
 * millions of messages, all of them applied; and messages of which a third is hours late beside those in order.
 *
 *     bun test/bench/grown.ts [--log 10000000] [--messages 10000] [--rounds 3] [--set shared_buffers=6GB]
 */
const HELP = `bun test/bench/grown.ts [--log <number>] [--messages <number>] [--rounds <number>] [--set <name>=<value> ...]
  --log       messages in the log, of a fifth as many users (10000000, which takes some 30 GB of the disk)
  --messages  of a run (10000)
  --rounds    runs of each, in turns; the median counts (3)
  --set       a setting of PostgreSQL's, for all of it (none: its own)`;

/** Users on file in the database that is as good as empty: new users begin with none at all. */
const SMALL_BLOCKS = 10;
const GROWN = "bench_grown";
const SMALL = "bench_small";
const EMPTY = "bench_empty";

interface Way extends Pick<Load, "event" | "latePercent"> {
  readonly name: string;
  /** Users that the changes are of. Absent: all that are on file. */
  readonly active?: number;
  /** Where it begins when nothing has grown. */
  readonly like?: string;
}

const WAYS: readonly Way[] = [
  { name: "new users", event: "created" },
  { name: "changes of 2,000 users", event: "updated", active: 2_000, like: SMALL },
  { name: "a third of them hours late", event: "updated", latePercent: 33, active: 2_000, like: SMALL },
  { name: "changes of all users on file", event: "updated", like: SMALL },
  { name: "a third of those hours late", event: "updated", latePercent: 33, like: SMALL },
];

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      log: { type: "string", default: "10000000" },
      messages: { type: "string", default: "10000" },
      rounds: { type: "string", default: "3" },
      set: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const blocks = Math.ceil(countOf(values.log, HELP) / MESSAGES_PER_BLOCK);
  const count = countOf(values.messages, HELP);
  const rounds = countOf(values.rounds, HELP);
  const settings = Object.fromEntries(values.set.map((it) => it.split(/=(.*)/s, 2) as [string, string]));
  const server = await makePostgres({ settings });
  try {
    console.log([await describePlace(server), ...values.set].join(", "));
    let admin = openAdmin(server);
    // For the filling alone: the measured server has PostgreSQL's own settings, and those that were set.
    await admin`alter system set wal_level = minimal`;
    await admin`alter system set max_wal_senders = 0`;
    admin = await restarted(server, admin);
    await fill(admin, { database: SMALL, url: server.url(SMALL), blocks: SMALL_BLOCKS });
    await fill(admin, { database: GROWN, url: server.url(GROWN), blocks });
    await admin`alter system reset all`;
    admin = await restarted(server, admin);
    const found = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const [turn, way] of WAYS.entries()) {
        await renew(admin, { database: EMPTY, ...(way.like === undefined ? {} : { like: way.like }) });
        const places = [
          { place: "empty", url: server.url(EMPTY), blocks: SMALL_BLOCKS },
          { place: "grown", url: server.url(GROWN), blocks },
        ];
        for (const { place, ...into } of places) {
          await admin`select pg_stat_reset_shared('wal')`;
          const rate = await measure(way, { ...into, count, run: `way${turn}_${round}` });
          const [wal] = await admin`select wal_bytes::bigint / ${count}::bigint / 1000 as kb from pg_stat_wal`;
          console.error(`${way.name}, ${place}: ${whole(rate)}/s, ${wal?.["kb"]} kB of WAL a message`);
          const name = `${place} ${way.name}`;
          found.set(name, [...(found.get(name) ?? []), rate]);
          await admin.unsafe("checkpoint");
        }
      }
    }
    await admin.end();
    print(blocks * MESSAGES_PER_BLOCK, (place, way) => median(found.get(`${place} ${way.name}`) ?? []));
  } finally {
    await server.remove();
  }
}

async function restarted(server: PostgresCluster, admin: postgres.Sql): Promise<postgres.Sql> {
  await admin.end();
  await server.stop("INT");
  await server.start();
  return openAdmin(server);
}

interface Filling {
  readonly database: string;
  readonly url: string;
  readonly blocks: number;
}

async function fill(admin: postgres.Sql, { database, url, blocks }: Filling): Promise<void> {
  const startMs = performance.now();
  await renew(admin, { database });
  await fillLog(url, blocks);
  const [row] = await admin`select pg_size_pretty(pg_database_size(${database})) as size`;
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  console.error(`${whole(blocks * MESSAGES_PER_BLOCK)} messages filled in within ${seconds} s: ${row?.["size"]}`);
}

interface Run {
  readonly url: string;
  readonly blocks: number;
  readonly count: number;
  readonly run: string;
}

/** Messages a second. */
async function measure({ event, latePercent = 0, active }: Way, { url, blocks, count, run }: Run): Promise<number> {
  const users = { ...usersOnFile(blocks), active };
  await using server = await startServer(DOCKET, { url });
  const load: Load = {
    sender: "clerk",
    event,
    latePercent,
    bodyBytes: 1_500,
    keys: 1,
    count,
    run,
    ...(event === "updated" ? { users } : {}),
  };
  const way = { ports: [server.port], path: DOCKET.path, senders: 128 };
  const warm = Math.ceil(count / 5);
  await sendAll({ ...load, ...way, count: warm, run: `warm_${run}` });
  const { seconds } = await sendAll({ ...load, ...way });
  await server.end();
  const ours = (table: string): string =>
    `select count(*) from ${table} where svix_id like 'msg\\_${run}\\_%' or svix_id like 'msg\\_warm\\_${run}\\_%'`;
  const messages = warm + count;
  const books = {
    entities: `select count(distinct entity_id) from (${ours("docket.event").replace("count(*)", "*")}) it`,
    messages: ours("docket.message"),
    jobs: ours("docket.job"),
    faults: "select count(*) from docket.plan_fault",
  };
  const entities = event === "created" ? messages : Math.min(count, activeOf(users));
  await checkBooks({ url }, { books, wanted: { messages, entities, jobs: event === "created" ? messages : 0 } });
  return count / seconds;
}

function print(messages: number, rateOf: (place: string, way: Way) => number): void {
  const rows = WAYS.map((way) => {
    const [empty, grown] = [rateOf("empty", way), rateOf("grown", way)];
    return [way.name, whole(empty), whole(grown), (grown / empty).toFixed(2), "0.9"];
  });
  console.log(
    `\n${tableOf(["", "into an empty log /s", `into one of ${whole(messages)} /s`, "ratio", "target"], rows)}`,
  );
  const lateness = WAYS.flatMap((late, turn) => {
    const ordered = WAYS[turn - 1];
    if (late.latePercent === undefined || ordered === undefined) return [];
    const ratios = ["empty", "grown"].map((place) => (rateOf(place, late) / rateOf(place, ordered)).toFixed(2));
    return [[`${late.name}, to ${ordered.name}`, ...ratios, "0.6"]];
  });
  console.log(`\n${tableOf(["", "empty", "grown", "target"], lateness)}`);
}
