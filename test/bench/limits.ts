import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makePostgres } from "../support/postgres.ts";
import { openAdmin, renew } from "./ingest/admin.ts";
import { DOCKET } from "./ingest/entries.ts";
import { type Flood, type Flooded, flood } from "./ingest/overload.ts";
import { countOf, describePlace, median, tableOf, whole } from "./ingest/report.ts";
import type { Load } from "./ingest/requests.ts";
import { type Measured, runServer } from "./ingest/run_server.ts";
import type { Scenario } from "./ingest/scenarios.ts";
import { sendAll } from "./ingest/send.ts";
import { startServer } from "./ingest/server.ts";

/**
 * What Docket takes of the machine: the time from its start until it is ready, and its memory when idle, at full load and
 * when more comes than it can take; and that after this it takes all, and lost nothing that it had acknowledged.
 *
 *     bun test/bench/limits.ts [--messages 10000] [--starts 5]
 */
const HELP = `bun test/bench/limits.ts [--messages <number>] [--starts <number>]
  --messages  at full load, and on file when it starts (10000)
  --starts    times that it is started; the median counts (5)`;

/** Idle long enough that what the start needed is given back. */
const IDLE_MS = 5_000;
const FULL: Scenario = { name: "full", event: "created", bodyBytes: 1_500, keys: 1, senders: 128, share: 1 };
const FLOODS: readonly Flood[] = [
  { name: "2,000 at once, 15 kB each", connections: 2_000, bodyBytes: 15_000 },
  // More than the bodies that it holds in memory: some must be told to come again.
  { name: "4,000 at once, 100 kB each", connections: 4_000, bodyBytes: 100_000 },
];

interface Found {
  readonly readyMs: number;
  readonly idleMebibytes: number;
  readonly full: Measured;
  readonly floods: readonly Flooded[];
}

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "10000" },
      starts: { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const counts = { messages: countOf(values.messages, HELP), starts: countOf(values.starts, HELP) };
  const server = await makePostgres({ settings: {} });
  try {
    console.log(await describePlace(server));
    const admin = openAdmin(server);
    const fresh = async (): Promise<string> => {
      await renew(admin, { database: "bench" });
      return server.url("bench");
    };
    const onPostgres = await measure(fresh, counts);
    const onPglite = await measure(() => Promise.resolve(undefined), counts);
    await admin.end();
    print(onPostgres, onPglite);
  } finally {
    await server.remove();
  }
}

interface Counts {
  readonly messages: number;
  readonly starts: number;
}

/** `fresh` gives an empty database; undefined: the embedded one. */
async function measure(fresh: () => Promise<string | undefined>, { messages, starts }: Counts): Promise<Found> {
  const idle = await measureStarts(await fresh(), { messages, starts });
  console.error(`ready after ${whole(idle.readyMs)} ms, idle with ${megabytes(idle.idleMebibytes)} MB`);
  const full = await runServer(DOCKET, { scenario: FULL, url: await fresh(), count: messages });
  console.error(`full load: ${whole(full.perSecond)}/s with ${megabytes(full.peakMebibytes)} MB`);
  const floods: Flooded[] = [];
  for (const it of FLOODS) {
    const flooded = await flood(await fresh(), it);
    console.error(`${it.name}: ${JSON.stringify(flooded)}`);
    floods.push(flooded);
  }
  return { ...idle, full, floods };
}

/** On a database that has messages on file. */
async function measureStarts(
  url: string | undefined,
  { messages, starts }: Counts,
): Promise<Pick<Found, "readyMs" | "idleMebibytes">> {
  const folder = mkdtempSync(join(tmpdir(), "docket-bench-"));
  const place = { url, dataDir: join(folder, "data") };
  try {
    {
      await using server = await startServer(DOCKET, place);
      const load: Load = { ...FULL, sender: "clerk", count: messages, run: "file" };
      await sendAll({ ...load, ports: [server.port], path: DOCKET.path, senders: 128 });
      await server.end();
    }
    const found: { readonly readyMs: number; readonly idle: number }[] = [];
    for (let start = 0; start < starts; start++) {
      await using server = await startServer(DOCKET, place);
      if (start === starts - 1) await Bun.sleep(IDLE_MS);
      found.push({ readyMs: server.readyMs, idle: server.memory().now });
      await server.end();
    }
    return { readyMs: median(found.map(({ readyMs }) => readyMs)), idleMebibytes: found.at(-1)?.idle ?? Number.NaN };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(...found: readonly [Found, Found]): void {
  const row = (name: string, target: string, of: (it: Found) => string): readonly string[] => [
    name,
    ...found.map(of),
    target,
  ];
  const rows = [
    row("start to ready, ms", "1,000; 2,000", ({ readyMs }) => whole(readyMs)),
    row("memory, idle, MB", "", ({ idleMebibytes }) => megabytes(idleMebibytes)),
    row("memory at full load, MB", "300; stated", ({ full }) => megabytes(full.peakMebibytes)),
    row("messages a second then", "", ({ full }) => whole(full.perSecond)),
    ...FLOODS.flatMap(({ name }, index) => {
      const of = (figure: (it: Flooded) => string) => (it: Found) => {
        const flooded = it.floods[index];
        return flooded === undefined ? "" : figure(flooded);
      };
      return [
        row(
          `${name}: memory, MB`,
          "300; stated",
          of((it) => megabytes(it.peakMebibytes)),
        ),
        row(
          "memory after it, MB",
          "",
          of((it) => megabytes(it.laterMebibytes)),
        ),
        row(
          "taken, told 503, otherwise",
          "otherwise 0",
          of((it) => [it.taken, it.told503, it.otherwise].map(whole).join(", ")),
        ),
        row(
          "taken when sent again, and lost",
          "all, none",
          of((it) => `all in ${it.secondsToTakeTheRest.toFixed(1)} s, none`),
        ),
      ];
    }),
  ];
  console.log(`\n${tableOf(["", "on PostgreSQL", "on PGlite", "target"], rows)}`);
}

/** Of a million bytes. */
function megabytes(mebibytes: number): string {
  return whole(mebibytes * 1.048_576);
}
