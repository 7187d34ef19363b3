import { parseArgs } from "node:util";
import { makePostgres, type PostgresCluster } from "../support/postgres.ts";
import { breakIn, openAdmin, renew } from "./ingest/admin.ts";
import { ENTRIES, type Entry } from "./ingest/entries.ts";
import { countOf, describePlace, median } from "./ingest/report.ts";
import { type Measured, runServer } from "./ingest/run_server.ts";
import { describeScenario, SCENARIOS, type Scenario } from "./ingest/scenarios.ts";
import { installPeers } from "./peer_packages.ts";

/**
 * How many webhooks a second a server takes, here and elsewhere: signed requests over kept-alive connections, a new one on
 * each when the last has its answer. Server, PostgreSQL (with its own settings, fsync on) and sender share the machine.
 *
 *     bun test/bench/ingest.ts [--messages 10000] [--rounds 3] [--only docket,floor] [--scenario new-128,new-1]
 */
const HELP = `bun test/bench/ingest.ts [--messages <number>] [--rounds <number>] [--only <name>,...] [--scenario <name>,...]
  --messages  of a run with many connections (10000); other runs have their share
  --rounds    runs of each, in turns; the median counts (3)
  --only      these servers: ${ENTRIES.map(({ name }) => `"${name}"`).join(", ")}
  --scenario  these: ${SCENARIOS.map(({ name }) => name).join(", ")}`;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "10000" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      scenario: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const entries = chosen(ENTRIES, values.only);
  const scenarios = chosen(SCENARIOS, values.scenario);
  if (entries.some(({ needsPeers }) => needsPeers)) installPeers();
  const server = await makePostgres({ settings: {} });
  try {
    await breakIn(server);
    console.log(await describePlace(server));
    for (const scenario of scenarios) {
      const plan = { scenario, rounds: countOf(values.rounds, HELP), messages: countOf(values.messages, HELP) };
      const rows = await race(server, { entries, ...plan });
      printTable(scenario, rows);
    }
  } finally {
    await server.remove();
  }
}

function chosen<T extends { readonly name: string }>(all: readonly T[], names: string | undefined): readonly T[] {
  const wanted = names?.split(",").map((name) => name.trim());
  const found = all.filter(({ name }) => wanted === undefined || wanted.includes(name));
  if (found.length !== (wanted?.length ?? all.length)) throw new Error(`Not all of these are known: ${names}\n${HELP}`);
  return found;
}

interface Plan {
  readonly entries: readonly Entry[];
  readonly scenario: Scenario;
  readonly rounds: number;
  readonly messages: number;
}

interface Row {
  readonly entry: Entry;
  readonly runs: readonly Measured[];
}

/** In turns, so that what else the machine does falls on all. */
async function race(server: PostgresCluster, { entries, scenario, rounds, messages }: Plan): Promise<readonly Row[]> {
  const admin = openAdmin(server);
  const runs = entries.map((): Measured[] => []);
  const count = Math.ceil(messages * scenario.share);
  for (let round = 0; round < rounds; round++) {
    for (const [index, entry] of entries.entries()) {
      const database = `bench_${index}`;
      await renew(admin, { database });
      const url = entry.usesPostgres === false ? undefined : server.url(database);
      const measured = await runServer(entry, { scenario, url, count });
      runs[index]?.push(measured);
      console.error(
        `${scenario.name} ${entry.name}: ${Math.round(measured.perSecond)}/s, p99 ${measured.p99Ms.toFixed(1)} ms`,
      );
    }
  }
  await admin.end();
  return entries.map((entry, index) => ({ entry, runs: runs[index] ?? [] }));
}

function printTable(scenario: Scenario, rows: readonly Row[]): void {
  const of = ({ runs }: Row, figure: keyof Omit<Measured, "statuses" | "refused">): number =>
    median(runs.map((run) => run[figure]));
  const base = rows.find(({ entry }) => entry.name === "docket") ?? rows[0];
  const baseRate = base === undefined ? Number.NaN : of(base, "perSecond");
  console.log(`\n**${describeScenario(scenario)}**\n`);
  console.log(
    `| | messages/s | ${base?.entry.name} to it | p50 ms | p99 ms | MiB | what it does |\n|---|---|---|---|---|---|---|`,
  );
  for (const row of rows.toSorted((a, b) => of(b, "perSecond") - of(a, "perSecond"))) {
    const { name, does } = row.entry;
    const rate = of(row, "perSecond");
    const figures = [
      Math.round(rate).toLocaleString("en"),
      `${(baseRate / rate).toFixed(2)}x`,
      of(row, "p50Ms").toFixed(1),
      of(row, "p99Ms").toFixed(1),
      Math.round(of(row, "peakMebibytes")),
    ];
    console.log(`| ${name} | ${figures.join(" | ")} | ${does} |`);
  }
}
