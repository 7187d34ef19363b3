import { parseArgs } from "node:util";
import { makePostgres } from "../support/postgres.ts";
import { breakIn, openAdmin, renew } from "./ingest/admin.ts";
import { checkBooks } from "./ingest/books.ts";
import { DOCKET } from "./ingest/entries.ts";
import { checkByVerify, checkNames } from "./ingest/oracle.ts";
import { countOf, describePlace, median, tableOf, whole } from "./ingest/report.ts";
import { type Load, messagesOf, usersOf } from "./ingest/requests.ts";
import { describeScenario, type Scenario } from "./ingest/scenarios.ts";
import { sendAll } from "./ingest/send.ts";
import { type RunningServer, startServer } from "./ingest/server.ts";

/**
 * Several Docket processes on one database beside one: how many messages a second they take together, and whether the
 * tables are in the end as an oracle of the bench's own and `docket verify` have them.
 *
 *     bun test/bench/processes.ts [--processes 1,2,3] [--messages 10000] [--rounds 3]
 */
const HELP = `bun test/bench/processes.ts [--processes <number>,...] [--messages <number>] [--rounds <number>]
  --processes  these numbers of them, in turns, beside the first (1,2,3)
  --messages   of a run (10000)
  --rounds     runs of each, in turns; the median counts (3)`;

const WAY = { bodyBytes: 1_500, senders: 128, share: 1 } as const;
const SCENARIOS: readonly Scenario[] = [
  { ...WAY, name: "new", event: "created", keys: 1 },
  { ...WAY, name: "changed", event: "updated", keys: 2_000 },
  // A copy follows its original at once, over another connection: they meet in two processes.
  { ...WAY, name: "mixed up", event: "updated", keys: 200, latePercent: 33, copyPercent: 33 },
];

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      processes: { type: "string", default: "1,2,3" },
      messages: { type: "string", default: "10000" },
      rounds: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const sizes = values.processes.split(",").map((text) => countOf(text, HELP));
  const count = countOf(values.messages, HELP);
  const server = await makePostgres({ settings: {} });
  try {
    console.log(await describePlace(server));
    await breakIn(server);
    const admin = openAdmin(server);
    const found = new Map<string, number[]>();
    for (let round = 0; round < countOf(values.rounds, HELP); round++) {
      for (const scenario of SCENARIOS) {
        for (const processes of sizes) {
          await renew(admin, { database: "bench" });
          const rate = await measure(server.url("bench"), { scenario, processes, count });
          console.error(`${scenario.name}, ${processes}: ${whole(rate)}/s`);
          const name = `${processes} ${scenario.name}`;
          found.set(name, [...(found.get(name) ?? []), rate]);
        }
      }
    }
    await admin.end();
    print(sizes, (processes, { name }) => median(found.get(`${processes} ${name}`) ?? []));
  } finally {
    await server.remove();
  }
}

interface Run {
  readonly scenario: Scenario;
  readonly processes: number;
  readonly count: number;
}

/** Messages a second, after all has been checked. */
async function measure(url: string, { scenario, processes, count }: Run): Promise<number> {
  const started = await Promise.allSettled(Array.from({ length: processes }, () => startServer(DOCKET, { url })));
  const servers = started.flatMap((it): readonly RunningServer[] => (it.status === "fulfilled" ? [it.value] : []));
  try {
    for (const it of started) if (it.status === "rejected") throw it.reason;
    const { name: _, share: __, senders, ...what } = scenario;
    const warm: Load = { ...what, sender: "clerk", count: Math.ceil(count / 5), run: "warm" };
    const real: Load = { ...warm, count, run: "real" };
    const way = { ports: servers.map(({ port }) => port), path: DOCKET.path, senders };
    await sendAll({ ...warm, ...way });
    const { seconds } = await sendAll({ ...real, ...way });
    for (const server of servers) await server.end();
    await check(url, [warm, real]);
    return count / seconds;
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
}

async function check(url: string, loads: readonly Load[]): Promise<void> {
  const sum = (of: (load: Load) => number): number => loads.reduce((total, load) => total + of(load), 0);
  const wanted = {
    messages: sum(messagesOf),
    entities: sum(usersOf),
    jobs: sum((load) => (load.event === "created" ? messagesOf(load) : 0)),
  };
  await checkBooks({ url }, { books: DOCKET.books, wanted });
  for (const load of loads) await checkNames(url, load);
  await checkByVerify(url);
}

function print(sizes: readonly number[], rateOf: (processes: number, scenario: Scenario) => number): void {
  const [base = 1] = sizes;
  const rows = SCENARIOS.map((scenario) => [
    describeScenario(scenario),
    ...sizes.map((processes) => {
      const rate = rateOf(processes, scenario);
      return `${whole(rate)} (${(rate / rateOf(base, scenario)).toFixed(2)}x)`;
    }),
    "equal",
  ]);
  const head = ["", ...sizes.map((it) => `${it} ${it === 1 ? "process" : "processes"} /s`), "oracle and verify"];
  console.log(`\n${tableOf(head, rows)}`);
}
