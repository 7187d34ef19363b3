import { sql } from "kysely";
import type { JsonObject } from "../../src/core/mod.ts";
import { type ConfigFile, configFile } from "./config_file.ts";
import { openTestDatabase, type TestDatabase } from "./databases.ts";
import { type FakeClerk, startFakeClerk } from "./fake_clerk.ts";
import { INSTANCE_ID } from "./histories.ts";
import { type ServeProcess, startProcess } from "./process.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { SECRET, send } from "./service.ts";
import { shuffled } from "./shuffled.ts";
import { type SmtpSink, startSmtpSink } from "./smtp_sink.ts";

/** A whole Docket in a process of its own, between a Clerk that tells of itself and all kinds of receivers. */
export interface Stage extends AsyncDisposable {
  readonly docket: ServeProcess;
  readonly database: TestDatabase;
  readonly clerk: FakeClerk;
  readonly sink: SmtpSink;
  readonly receiver: Receiver;
  /** Sends all that Clerk told since the last time, shuffled, each twice. */
  tell(): Promise<void>;
  /** Sends one event that the fake has no words for. */
  post(type: string, data: JsonObject, event?: JsonObject): Promise<void>;
  /** What `app.note` was called with by the jobs of a policy. */
  noted(policy: string): Promise<readonly JsonObject[]>;
}

/** Starts one. The config finds its receivers in `RECEIVER`, `SMTP` and `HOOK_SECRET`. */
export async function startStage(config: string, settings: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const database = await openTestDatabase("postgres");
  stack.defer(() => database.close());
  const clerk = stack.use(startFakeClerk());
  const sink = stack.use(await startSmtpSink());
  const receiver = stack.use(startReceiver());
  const file: ConfigFile = stack.use(configFile(config));
  const docket = await startProcess({
    environment: {
      DATABASE_URL: database.url ?? "",
      DOCKET_CONFIG: file.path,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_API_URL: clerk.url,
      RECEIVER: receiver.url,
      SMTP: sink.url,
      HOOK_SECRET: SECRET,
      ...settings,
    },
  });
  stack.defer(() => docket.stop());
  await makeNote(database);
  let told = 0;
  const deliver = async (id: string, body: string): Promise<void> => {
    const reply = await send(docket, body, { id });
    if (!reply.ok) throw new Error(`${id} was answered ${reply.status}: ${await reply.text()}`);
  };
  return {
    docket,
    database,
    clerk,
    sink,
    receiver,
    tell: async () => {
      const events = clerk.world.events().slice(told);
      told += events.length;
      for (const { svixId, body } of shuffled([...events, ...events], told)) await deliver(svixId, body);
    },
    post: async (type, data, event = {}) => {
      const timestamp = Date.now();
      const body = JSON.stringify({ type, instance_id: INSTANCE_ID, object: "event", timestamp, data, ...event });
      await deliver(`msg_posted_${Bun.hash(body)}`, body);
    },
    noted: async (policy) => {
      const { rows } = await sql<{ payload: JsonObject }>`
        select payload from app.noted where policy = ${policy} order by at`.execute(database.db);
      return rows.map(({ payload }) => payload);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function makeNote({ db }: TestDatabase): Promise<void> {
  await sql`create schema app`.execute(db);
  await sql`
    create table app.noted (
      policy text, key text, payload jsonb, at timestamptz default clock_timestamp()
    )`.execute(db);
  await sql`
    create function app.note(payload jsonb, key text) returns void language sql as
    'insert into app.noted (policy, key, payload) values (split_part(key, ''/'', 1), key, payload)'`.execute(db);
}

/** Resolves with what `find` finds, once it finds something. */
export async function until<T>(
  what: string,
  find: () => T | undefined | null | false | Promise<T | undefined | null | false>,
): Promise<T> {
  for (const endMs = performance.now() + UNTIL_LIMIT_MS; performance.now() < endMs; await Bun.sleep(25)) {
    const found = await find();
    if (found !== undefined && found !== null && found !== false) return found;
  }
  throw new Error(`Waited in vain until ${what}`);
}

const UNTIL_LIMIT_MS = 20_000;
