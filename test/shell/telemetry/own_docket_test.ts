import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { builtin, type DocketOptions, docket } from "docket";
import { sql } from "kysely";
import { traceIdOf } from "../../../src/shell/telemetry/trace_id.ts";
import { type Collector, startCollector } from "../../support/collector.ts";
import { openTestDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { SECRET, signedHeaders } from "../../support/service.ts";

/** Goal: a Docket in somebody's own process exports what it is told to, and nothing without a word. */

const VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT";

let database: TestDatabase;
let collector: Collector;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
  await sql`create schema app`.execute(database.db);
  await sql`create function app.provision(payload jsonb, key text) returns void language sql as 'select'`.execute(
    database.db,
  );
}, 60_000);
afterAll(() => database.close());
beforeEach(async () => {
  await resetDatabase(database.db);
  collector = startCollector();
  process.env[VARIABLE] = collector.receiver.url;
});
afterEach(async () => {
  delete process.env[VARIABLE];
  await collector[Symbol.asyncDispose]();
});

/** Takes a user and runs the job about it, from the start to the end of a Docket. */
async function live(options: Partial<DocketOptions>): Promise<void> {
  const app = await docket({
    databaseUrl: database.url ?? "",
    signingSecret: SECRET,
    instanceIds: [INSTANCE_ID],
    logLevel: "fatal",
    policies: [builtin.provision({ handler: "sql", extra: { function: "app.provision" } })],
    ...options,
  });
  const nowMs = Date.now();
  const data = { id: "user_1", created_at: nowMs, updated_at: nowMs };
  const body = JSON.stringify({ type: "user.created", instance_id: INSTANCE_ID, timestamp: nowMs, data });
  const init = { method: "POST", headers: signedHeaders(body, { id: "msg_1" }), body };
  expect((await app.handler(new Request("http://localhost/webhooks/clerk", init))).status).toBe(200);
  const jobs = async (): Promise<number> =>
    (await sql`select from docket.job where state = 'done'`.execute(database.db)).rows.length;
  while ((await jobs()) === 0) await Bun.sleep(20);
  await app.close();
}

test("nothing is exported without an endpoint, though the environment names one", async () => {
  await live({});
  expect(collector.receiver.requests).toEqual([]);
});

test("the delivery and the job that called a function in the database are in one trace", async () => {
  await live({ otlpEndpoint: collector.receiver.url });
  const spans = collector.spans().filter(({ traceId }) => traceId === traceIdOf("msg_1"));
  expect(spans.map(({ name, attributes }) => [name, attributes["docket.job.outcome"]]).sort()).toEqual([
    ["job provision", "done"],
    ["webhook", undefined],
  ]);
});
