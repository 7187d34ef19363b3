import { parseArgs } from "node:util";
import { makePostgres } from "../support/postgres.ts";
import { openAdmin, renew } from "./ingest/admin.ts";
import { ENTRIES, type Entry } from "./ingest/entries.ts";
import { describePlace, tableOf } from "./ingest/report.ts";
import { tryRestart } from "./ingest/restart_trial.ts";
import { startServer } from "./ingest/server.ts";
import { TRIALS, type Verdict } from "./ingest/trials.ts";
import { installPeers } from "./peer_packages.ts";

/**
 * What the servers of the ingest bench do when messages come late, twice, forged, or while the database restarts: each is
 * tried on the running server, and what is then in its tables is looked at.
 *
 *     bun test/bench/correctness.ts [--only docket,"upsert by hand"]
 */
const JUDGED = ENTRIES.filter(({ live, usesPostgres }) => live !== undefined && usesPostgres !== false);
const HELP = `bun test/bench/correctness.ts [--only <name>,...]
  --only  these servers: ${JUDGED.map(({ name }) => `"${name}"`).join(", ")}`;
const RESTART = "the database crashes and starts again while messages come";

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, help: { type: "boolean", default: false } } });
  if (values.help) return console.log(HELP);
  const wanted = values.only?.split(",").map((name) => name.trim());
  const entries = JUDGED.filter(({ name }) => wanted === undefined || wanted.includes(name));
  if (entries.length !== (wanted?.length ?? JUDGED.length))
    throw new Error(`Not all are known: ${values.only}\n${HELP}`);
  if (entries.some(({ needsPeers }) => needsPeers)) installPeers();
  const cluster = await makePostgres({ settings: {} });
  try {
    console.log(await describePlace(cluster));
    const columns: (readonly Verdict[])[] = [];
    for (const entry of entries) {
      const admin = openAdmin(cluster);
      await renew(admin, { database: "bench" });
      await admin.end();
      columns.push(await judge(entry, { cluster, url: cluster.url("bench") }));
    }
    const rows = [...TRIALS.map(({ name }) => name), RESTART].map((name, row) => [
      name,
      ...columns.map((verdicts) => cellOf(verdicts[row])),
    ]);
    console.log(`\n${tableOf(["", ...entries.map(({ name }) => name)], rows)}`);
  } finally {
    await cluster.remove();
  }
}

interface Place {
  readonly cluster: Awaited<ReturnType<typeof makePostgres>>;
  readonly url: string;
}

/** All trials on one server. */
async function judge(entry: Entry, { cluster, url }: Place): Promise<readonly Verdict[]> {
  await using server = await startServer(entry, { url, errors: "hidden" });
  const subject = { entry, url, port: server.port };
  const verdicts: Verdict[] = [];
  for (const trial of TRIALS) {
    const verdict = await trial.run(subject);
    console.error(`${entry.name}, ${trial.name}: ${cellOf(verdict)}`);
    verdicts.push(verdict);
  }
  const verdict = await tryRestart({ ...subject, server, cluster });
  console.error(`${entry.name}, ${RESTART}: ${cellOf(verdict)}`);
  return [...verdicts, verdict];
}

function cellOf(verdict: Verdict | undefined): string {
  return verdict === undefined ? "" : `${verdict.isRight ? "right" : "**wrong**"}: ${verdict.text}`;
}
