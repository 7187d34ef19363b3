import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { openTestDatabase, type TestDatabase } from "../support/databases.ts";
import { EPOCH_MS, INSTANCE_ID } from "../support/histories.ts";
import { type ServeProcess, startProcess } from "../support/process.ts";
import { send } from "../support/service.ts";

const LIMIT_MS = 60_000;
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
}, LIMIT_MS);
afterAll(() => database.close());

const running: ServeProcess[] = [];
afterEach(async () => {
  for (const it of running.splice(0)) await it.stop();
});

async function start(environment: Readonly<Record<string, string>>): Promise<ServeProcess> {
  const started = await startProcess({ environment: { DATABASE_URL: database.url ?? "", ...environment } });
  running.push(started);
  return started;
}

/** The one line with which a process that does not start ends. */
async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
  const text = await start(environment).then(
    () => "it started",
    (cause: unknown) => String(cause),
  );
  const lines = text.split("\n").filter((line) => line.includes("docket: "));
  return `${text.match(/ended with \d+/)?.[0]}; ${lines.map((line) => line.slice(line.indexOf("docket: "))).join("|")}`;
}

describe("docket serve", () => {
  test(
    "ends with one line that names PORT when another process has it, a Docket as well",
    async () => {
      const { port } = new URL((await start({})).url);
      const line = await refusal({ PORT: port });
      expect(line).toBe("ended with 1; docket: PORT: is in use by another process: stop it, or set another port");
    },
    LIMIT_MS,
  );

  test.each(["203.0.113.7", "no.such.host.invalid", "::zz"])(
    "ends with one line that names HOST, and not its value, when it is %s",
    async (HOST) => {
      const line = await refusal({ HOST });
      expect(line).toStartWith("ended with 1; docket: HOST: is no address of this machine (");
      expect(line).not.toContain(HOST);
    },
    LIMIT_MS,
  );

  test(
    "takes webhooks in the role ingest and leaves the rest; has no route for them in the role worker, and does the rest",
    async () => {
      const user = { type: "user.created", instance_id: INSTANCE_ID, timestamp: EPOCH_MS, data: { id: "user_1" } };
      const ingest = await start({ DOCKET_ROLE: "ingest" });
      expect((await send(ingest, JSON.stringify(user))).status).toBe(200);
      const chore = sql`insert into docket.chore (task, kind, id) values ('erase', 'user', 'user_1')`;
      await chore.execute(database.db);
      await Bun.sleep(1_500);
      expect(await chores()).toBe(1);
      const worker = await start({ DOCKET_ROLE: "worker" });
      expect((await send(worker, JSON.stringify(user), { id: "msg_2" })).status).toBe(404);
      expect((await fetch(`${worker.url}/readyz`)).status).toBe(200);
      expect((await fetch(`${worker.url}/v1/events`)).status).toBe(200);
      while ((await chores()) > 0) await Bun.sleep(50);
    },
    LIMIT_MS,
  );
});

async function chores(): Promise<number> {
  const { rows } = await sql`select from docket.chore`.execute(database.db);
  return rows.length;
}
