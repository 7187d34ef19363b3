import { join } from "node:path";
import { sql } from "kysely";
import { startBackfill } from "../support/backfill_process.ts";
import { cleanUp } from "../support/cleanup.ts";
import { configFile } from "../support/config_file.ts";
import { openTestDatabase } from "../support/databases.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { startProcess } from "../support/process.ts";
import type { Order } from "./backfill_clerk.ts";

/**
 * A large Clerk is backfilled into PostgreSQL beside a running Docket that hears of changes all the time, and the
 * backfill is killed again and again. In the end every row is as in Clerk, and only those who signed up meanwhile are
 * to be welcomed.
 *
 *     bun test/soak/backfill.ts [users] [organizations] [memberships] [kills] [changes a second]
 *                               (100000, 5000, 200000, 5 and 20 unless said)
 */
const [users = 100_000, organizations = 5_000, memberships = 200_000, kills = 5, changesPerSecond = 20] = process.argv
  .slice(2)
  .map(Number);
const RSS_MAX_BYTES = 600 * 1_048_576;

const CONFIG = `
import { builtin, defineConfig } from "docket";
export default defineConfig({
  policies: [builtin.welcome({ settle: 0, stopAbove: false })],
  handlers: { email: async () => undefined },
});`;

const startedMs = performance.now();
const answers: ((value: unknown) => void)[] = [];
const failures: string[] = [];
const hello = Promise.withResolvers<{ readonly url: string; readonly secretKey: string }>();
answers.push(hello.resolve as (value: unknown) => void);
const clerk = Bun.spawn([process.execPath, join(import.meta.dir, "backfill_clerk.ts")], {
  stdio: ["ignore", "inherit", "inherit"],
  ipc: ({ answer, error }: { readonly answer?: unknown; readonly error?: string }) => {
    if (error !== undefined) throw new Error(error);
    answers.shift()?.(answer);
  },
});
const { url: clerkUrl, secretKey } = await hello.promise;
const clerkBytes = (await order({ do: "populate", size: { users, organizations, memberships } })) as number;
say(
  `Clerk has ${users} users, ${organizations} organizations, ${memberships} memberships (in ${mebibytes(clerkBytes)})`,
);

const database = await openTestDatabase("postgres");
using config = configFile(CONFIG);
const environment = {
  DATABASE_URL: database.url ?? "",
  DOCKET_CONFIG: config.path,
  DOCKET_INSTANCE_IDS: INSTANCE_ID,
  LOG_LEVEL: "error",
  CLERK_SECRET_KEY: secretKey,
  CLERK_API_URL: clerkUrl,
};
const docket = await startProcess({ environment });
await order({ do: "live", docketUrl: docket.url, changesPerSecond });

const pagesInAll = Math.ceil(users / 500) + Math.ceil(organizations / 490) + Math.ceil(memberships / 490);
const backfillMs = performance.now();
let peakBytes = 0;
for (let kill = 1; kill <= kills; kill += 1) {
  const cut = startBackfill([], environment);
  // A little more than its share, at odd places.
  const wasCut = await cut.pages(Math.max(1, Math.floor(pagesInAll / (kills + 1))));
  await Bun.sleep(kill * 37);
  await cut.kill();
  peakBytes = Math.max(peakBytes, cut.peakBytes());
  say(`kill ${kill}${wasCut ? "" : " came too late"}: ${await progress()}`);
}
const last = startBackfill([], environment);
const { code, errors } = await last.ended;
peakBytes = Math.max(peakBytes, last.peakBytes());
if (code !== 0) failures.push(`the backfill ended with ${code}: ${errors}`);
const tookSeconds = (performance.now() - backfillMs) / 1_000;
say(`backfilled: ${await progress()}`);

interface Rested {
  readonly changes: number;
  readonly deliveries: number;
  readonly born: readonly string[];
  readonly requests: number;
  readonly refused: number;
  readonly sizes: Readonly<Record<string, number>>;
}

const rested = (await order({ do: "rest" })) as Rested;
const { born, changes, deliveries, requests, refused, sizes } = rested;
await untilQuiet();
const differences = (await order({ do: "compare", databaseUrl: database.url ?? "" })) as readonly string[];
failures.push(...differences);
const jobs = await sql<{ entity: string }>`select entity from docket.job`.execute(database.db);
const welcomed = new Set(jobs.rows.map(({ entity }) => entity));
const old = [...welcomed].filter((id) => !born.includes(id));
const forgotten = born.filter((id) => !welcomed.has(id));
if (old.length > 0) failures.push(`${old.length} welcomes of users of before, such as ${old[0]}`);
if (forgotten.length > 0) failures.push(`${forgotten.length} new users without a welcome, such as ${forgotten[0]}`);
if (peakBytes > RSS_MAX_BYTES) failures.push(`the backfill took ${mebibytes(peakBytes)} of memory`);

const entities = users + organizations + memberships;
say(`${changes} changes meanwhile, ${deliveries} deliveries; Clerk took ${requests} requests, refused ${refused}`);
say(`Clerk has ${JSON.stringify(sizes)} now`);
say(
  `${Math.round(tookSeconds)} s, ${Math.round(entities / tookSeconds)} entities/s, with ${kills} kills; at most ${mebibytes(peakBytes)}`,
);
say(`${welcomed.size} welcomes of ${born.length} new users, none of ${users} old ones`);
console.log(failures.length === 0 ? "right: every row is as in Clerk" : `WRONG:\n  ${failures.join("\n  ")}`);

await docket.signal("SIGTERM");
clerk.kill();
await database.close();
await cleanUp();
process.exit(failures.length === 0 ? 0 : 1);

function order(what: Order): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  answers.push(resolve);
  clerk.send(what);
  return promise;
}

async function progress(): Promise<string> {
  const { rows } = await sql<{ kind: string; done: number; total: number | null }>`
    select kind, done::integer, total::integer from docket.backfill where total > 0 order by started_at`.execute(
    database.db,
  );
  return rows.map(({ kind, done, total }) => `${kind} ${done}/${total}`).join(", ");
}

/** Until the deletions have reached all members, and no job waits. */
async function untilQuiet(): Promise<void> {
  for (const endMs = performance.now() + 120_000; performance.now() < endMs; await Bun.sleep(250)) {
    const { rows } = await sql<{ left: number }>`
      select (select count(*) from docket.chore)::integer
        + (select count(*) from docket.job where state in ('planned', 'running'))::integer as left`.execute(
      database.db,
    );
    if (rows[0]?.left === 0) return;
  }
  failures.push("chores or jobs are left over after two minutes");
}

function say(text: string): void {
  console.log(`[${String(Math.round((performance.now() - startedMs) / 1_000)).padStart(4)} s] ${text}`);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}
