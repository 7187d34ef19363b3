import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { makePostgres, type PostgresCluster } from "../support/postgres.ts";
import { ENTRIES, type Entry } from "./contestant.ts";
import { installPeers } from "./peer_packages.ts";

/**
 * How fast one effect an event gets done, end to end, here and elsewhere: each event is enqueued by itself, a worker in
 * the same process takes it, and its effect is one row in the same PostgreSQL, which has its own settings (fsync on).
 *
 *     bun test/bench/effects.ts [--events 5000] [--rounds 3] [--senders 128] [--only docket,pg-boss]
 */
const HELP = `bun test/bench/effects.ts [--events <number>] [--rounds <number>] [--senders <number>] [--only <name>,...]
  --events  events of a run (5000); fewer for who would take hours
  --senders events on their way in at a time (128); with few there is little to be written together
  --rounds  runs of each, in turns; the median counts (3)
  --only    these contestants: ${ENTRIES.map(({ name }) => `"${name}"`).join(", ")}`;

interface Result {
  readonly entry: Entry;
  readonly events: number;
  readonly seconds: readonly number[];
}

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: "string", default: "5000" },
      rounds: { type: "string", default: "3" },
      senders: { type: "string", default: "128" },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const only = values.only?.split(",").map((name) => name.trim());
  const chosen = ENTRIES.filter(({ name }) => only === undefined || only.includes(name));
  const entries = chosen.filter(({ file }) => existsSync(pathOf(file)));
  for (const { name, file } of chosen) if (!existsSync(pathOf(file))) console.log(`${name}: no ${file} yet`);
  if (entries.length === 0) throw new Error(`Nobody takes part\n${HELP}`);
  if (entries.some(({ file }) => file.startsWith("peers/"))) installPeers();
  // As it comes: what the tests' servers leave out for speed is part of the race.
  const server = await makePostgres({ settings: {} });
  try {
    await describeServer(server);
    const results = entries.map((entry) => ({ entry, events: eventsOf(entry, countOf(values.events)), seconds: [] }));
    const senders = countOf(values.senders);
    console.log(`${senders} events on their way in at a time`);
    printTable(await race(server, { results, rounds: countOf(values.rounds), senders }));
  } finally {
    await server.remove();
  }
}

function pathOf(file: string): string {
  return join(import.meta.dir, file);
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`Not a number of events or rounds: "${text}"\n${HELP}`);
  return count;
}

function eventsOf({ eventsMax }: Entry, events: number): number {
  return Math.min(events, eventsMax ?? events);
}

interface Plan {
  readonly results: readonly Result[];
  readonly rounds: number;
  readonly senders: number;
}

/** In turns, so that what else the machine does falls on all. */
async function race(server: PostgresCluster, { results, rounds, senders }: Plan): Promise<readonly Result[]> {
  const admin = postgres(server.url("postgres"), { max: 1 });
  const seconds = results.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { entry, events }] of results.entries()) {
      const database = `bench_${round}_${index}`;
      await admin.unsafe(`create database ${database}`);
      const taken = await runOnce(pathOf(entry.file), { url: server.url(database), events, senders });
      await admin.unsafe(`drop database ${database} with (force)`);
      seconds[index]?.push(taken);
      console.log(`${entry.name}: ${events} effects in ${taken.toFixed(2)} s`);
    }
  }
  await admin.end();
  return results.map((result, index) => ({ ...result, seconds: seconds[index] ?? [] }));
}

interface Run {
  readonly url: string;
  readonly events: number;
  readonly senders: number;
}

async function runOnce(file: string, { url, events, senders }: Run): Promise<number> {
  let seconds: number | undefined;
  const child = Bun.spawn([process.execPath, pathOf("run_contestant.ts"), file, url, String(events)], {
    ipc: (message) => {
      seconds = Number(message);
    },
    env: { ...process.env, SENDERS: String(senders) },
    stdout: "ignore",
    stderr: "pipe",
  });
  const [words, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (seconds === undefined) throw new Error(`${file} ended with code ${code}:\n${words}`);
  return seconds;
}

async function describeServer(server: PostgresCluster): Promise<void> {
  const sql = postgres(server.url("postgres"), { max: 1 });
  const [row] = await sql`select current_setting('server_version') as version, current_setting('fsync') as fsync,
    current_setting('synchronous_commit') as commit`;
  await sql.unsafe("create table tick (n int)");
  const start = performance.now();
  for (let n = 0; n < 100; n++) await sql`insert into tick values (${n})`;
  const commitMs = (performance.now() - start) / 100;
  await sql.end();
  const place = `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, Bun ${Bun.version}`;
  const settings = `fsync ${row?.["fsync"]}, synchronous_commit ${row?.["commit"]}`;
  console.log(`${place}\nPostgreSQL ${row?.["version"]}, ${settings}, a commit takes ${commitMs.toFixed(2)} ms`);
}

function printTable(results: readonly Result[]): void {
  const rows = results.map(({ entry, events, seconds }) => ({ entry, events, rate: events / median(seconds) }));
  const fastest = rows.reduce((best, row) => (row.rate > best.rate ? row : best));
  const base = rows.find(({ entry }) => entry.name === "docket") ?? fastest;
  console.log(`\n| | effects/s | ${base.entry.name} is faster by | events | how |\n|---|---|---|---|---|`);
  for (const { entry, events, rate } of rows.sort((a, b) => b.rate - a.rate)) {
    const shown = rate < 10 ? rate.toFixed(2) : Math.round(rate).toLocaleString("en");
    console.log(`| ${entry.name} | ${shown} | ${(base.rate / rate).toFixed(1)}x | ${events} | ${entry.setting} |`);
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
