import { sql } from "kysely";
import { builtin } from "../../src/core/mod.ts";
import type { TestDatabase } from "./databases.ts";
import type { FakeEvent } from "./fake_clerk/world.ts";
import { type FakeClerk, startFakeClerk } from "./fake_clerk.ts";
import { type Service, send, startService } from "./service.ts";
import { eachOf } from "./shuffled.ts";
import { until } from "./stage.ts";
import { makeTestWorker, spyHandler } from "./work.ts";

/** Which is first: reading the user through to Clerk, the webhooks, or neither. */
export const ORDERS = ["ensure first", "webhook first", "at once"] as const;

export interface RaceResult {
  readonly users: number;
  /** Of those whom Clerk's API was really asked for. */
  readonly fetched: number;
  readonly rows: number;
  /** Rows that are not as Clerk has the user. */
  readonly wrongRows: readonly string[];
  /** Users who were not welcomed exactly once. */
  readonly wrongWelcomes: readonly string[];
  /** Answers of `fetch=true` other than the user's own row. */
  readonly wrongAnswers: readonly string[];
  /** Answers that said to come again: a machine with too much to do takes over 10 s for some. */
  readonly putOff: number;
}

const RETRIES_MAX = 5;

/**
 * Users sign up, and each is read through to Clerk while its webhooks come, in all orders, with the mails sent meanwhile. Every
 * second one is changed at once after signing up, so that what Clerk shows is newer than what the first webhook says.
 */
export async function raceEnsure(
  database: TestDatabase,
  { users, concurrency }: { readonly users: number; readonly concurrency: number },
): Promise<RaceResult> {
  const policies = [builtin.welcome({ settle: 0 })];
  await using clerk = startFakeClerk();
  const service = await startService(database, { clerk, policies });
  const welcomed = new Map<string, number>();
  const spy = spyHandler((_payload, { key }) => void welcomed.set(key, (welcomed.get(key) ?? 0) + 1));
  const worker = makeTestWorker(database, { email: spy.run }, { policies, pollMs: 20 });
  worker.start();
  try {
    const ids: string[] = [];
    const wrongAnswers: string[] = [];
    let putOff = 0;
    const numbers = Array.from({ length: users }, (_, number) => number);
    await eachOf(numbers, { concurrency }, async (number) => {
      const { id, events } = signUp(clerk, number % 2 === 1);
      ids.push(id);
      const tell = async (): Promise<void> => {
        for (const event of number % 4 < 2 ? events : events.toReversed()) await deliver(service, event);
      };
      const ensure = async (): Promise<void> => {
        const ask = (): Promise<Response> => fetch(`${service.url}/v1/entities/user/${id}?fetch=true`);
        let reply = await ask();
        for (let times = 0; reply.headers.has("retry-after") && times < RETRIES_MAX; times += 1) {
          putOff += 1;
          reply = await ask();
        }
        const body = (await reply.json()) as { readonly id?: unknown };
        if (reply.status !== 200 || body.id !== id) wrongAnswers.push(`${reply.status} ${JSON.stringify(body)}`);
      };
      const order = ORDERS[number % ORDERS.length];
      if (order === "ensure first") await ensure().then(tell);
      else if (order === "webhook first") await tell().then(ensure);
      else await Promise.all(number % 2 === 0 ? [ensure(), tell()] : [tell(), ensure()]);
    });
    await until("all jobs are done", async () => (await openJobs(database)) === 0);
    const rows = await rowsOf(database);
    return {
      users: ids.length,
      fetched: new Set(clerk.calls.map(({ path }) => path).filter((path) => path.startsWith("/users/"))).size,
      rows: rows.size,
      wrongRows: ids.filter((id) => rows.get(id) !== clerk.world.get("user", id)?.["updated_at"]),
      wrongWelcomes: ids.filter((id) => welcomed.get(`welcome/user/${id}`) !== 1),
      wrongAnswers,
      putOff,
    };
  } finally {
    await worker.stop(1_000);
    await service.stop();
  }
}

function signUp(clerk: FakeClerk, isChanged: boolean): { readonly id: string; readonly events: readonly FakeEvent[] } {
  const { world } = clerk;
  const told = world.events().length;
  const id = world.addUser();
  if (isChanged) world.change("user", id, { fields: { first_name: "Ada" }, type: "user.updated" });
  return { id, events: world.events().slice(told) };
}

async function deliver(service: Service, { svixId, body }: FakeEvent): Promise<void> {
  const reply = await send(service, body, { id: svixId });
  if (!reply.ok) throw new Error(`${svixId} was answered ${reply.status}`);
}

async function openJobs({ db }: TestDatabase): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    select count(*)::int as open from docket.job where phase not in ('done', 'dead')`.execute(db);
  return rows[0]?.open ?? 0;
}

/** `updated_at` of each user, milliseconds since the Unix epoch. */
async function rowsOf({ db }: TestDatabase): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: string; at: Date }>`
    select id, updated_at as at from clerk.users where deleted_at is null`.execute(db);
  return new Map(rows.map(({ id, at }) => [id, at.getTime()]));
}
