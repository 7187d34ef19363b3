import { sql } from "kysely";
import { cleanUp } from "../support/cleanup.ts";
import { configFile } from "../support/config_file.ts";
import { openTestDatabase, type TestDatabase } from "../support/databases.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { type ServeProcess, startProcess } from "../support/process.ts";
import { send } from "../support/service.ts";
import { eachOf, shuffled } from "../support/shuffled.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";

/**
 * Many users sign up, each told of several times and out of order, while the process that sends their welcome mails is
 * killed again and again. In the end every one of them has been welcomed, by the mails' own keys, and nobody twice.
 *
 *     bun test/soak/welcome.ts [users] [kills]      (10000 and 20 unless said)
 */
const USERS = Number(process.argv[2] ?? 10_000);
const KILLS = Number(process.argv[3] ?? 20);
const DONE_LIMIT_MS = 10 * 60_000;

const CONFIG = `
import { builtin, defineConfig, email } from "docket";
export default defineConfig({
  policies: [builtin.welcome({ settle: 0 })],
  handlers: { email: email({ from: "hello@example.com", smtpUrl: process.env.SMTP }) },
});`;

const startedMs = performance.now();
const database = await openTestDatabase("postgres");
await using sink = await startSmtpSink();
using config = configFile(CONFIG);
const settings = { DATABASE_URL: database.url ?? "", DOCKET_CONFIG: config.path, SMTP: sink.url, LOG_LEVEL: "error" };
const ingest = await startProcess({ environment: { ...settings, DOCKET_ROLE: "ingest" } });

let isOver = false;
const killing = killWorkers();
const messages = signUps();
await eachOf(shuffled([...messages, ...messages], 7), { concurrency: 64 }, async ({ id, body }) => {
  const reply = await send(ingest, body, { id });
  if (!reply.ok) throw new Error(`${id} was answered ${reply.status}`);
});
console.log(`${USERS * 6} deliveries of ${messages.length} messages taken after ${seconds()} s`);
const kills = await killing;
const worker = await startWorker();
await untilDone(database);
await report(kills);
isOver = true;
await Promise.all([worker.signal("SIGTERM"), ingest.signal("SIGTERM")]);
await database.close();
await cleanUp();
process.exit(process.exitCode ?? 0);

/** Each user is made, changed twice. */
function signUps(): readonly { readonly id: string; readonly body: string }[] {
  const nowMs = Date.now();
  return Array.from({ length: USERS }, (_, number) =>
    ["user.created", "user.updated", "user.updated"].map((type, step) => {
      const id = `user_${number}`;
      const address = { id: `idn_${number}`, email_address: `user${number}@example.com` };
      const data = {
        id,
        created_at: nowMs,
        updated_at: nowMs + step,
        first_name: `Ada ${step}`,
        primary_email_address_id: address.id,
        email_addresses: [address],
      };
      const body = JSON.stringify({ type, instance_id: INSTANCE_ID, timestamp: nowMs + step, data });
      return { id: `msg_${number}_${step}`, body };
    }),
  ).flat();
}

function startWorker(): Promise<ServeProcess> {
  return startProcess({ environment: { ...settings, DOCKET_ROLE: "worker" } });
}

/** Kills a worker once it has sent some more mails. */
async function killWorkers(): Promise<number> {
  const step = Math.floor(USERS / (KILLS + 1));
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const running = await startWorker();
    while (!isOver && sink.mails.length < kill * step) await Bun.sleep(2);
    await running.signal("SIGKILL");
  }
  return KILLS;
}

async function untilDone({ db }: TestDatabase): Promise<void> {
  for (const endMs = performance.now() + DONE_LIMIT_MS; ; await Bun.sleep(250)) {
    const { rows } = await sql<{ done: number }>`
      select count(*)::int as done from docket.job where state = 'done'`.execute(db);
    if (rows[0]?.done === USERS) return;
    if (performance.now() > endMs) throw new Error(`Only ${rows[0]?.done} jobs are done`);
  }
}

async function report(killed: number): Promise<void> {
  const keys = new Set(sink.mails.map(({ key }) => key));
  const ids = new Set(sink.mails.map(({ messageId }) => messageId));
  const missing = Array.from({ length: USERS }, (_, number) => `welcome/user/user_${number}`).filter(
    (key) => !keys.has(key),
  );
  const { rows } = await sql<{ outcome: string | null; attempts: number }>`
    select outcome, count(*)::int as attempts from docket.attempt group by 1 order by 1`.execute(database.db);
  console.log(`${killed} workers killed; all done after ${seconds()} s`);
  console.log(`attempts: ${rows.map(({ outcome, attempts }) => `${attempts} ${outcome ?? "open"}`).join(", ")}`);
  console.log(`${sink.mails.length} mails came, under ${keys.size} keys and ${ids.size} message ids`);
  const isRight = missing.length === 0 && keys.size === USERS && ids.size === USERS;
  console.log(isRight ? `right: ${USERS} users, each welcomed under one key` : `WRONG: ${missing.length} are missing`);
  if (!isRight) process.exitCode = 1;
}

function seconds(): number {
  return Math.round((performance.now() - startedMs) / 1000);
}
