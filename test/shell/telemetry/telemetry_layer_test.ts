import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { Layer, Logger, Redacted } from "effect";
import { telemetryLayer } from "../../../src/shell/telemetry/telemetry_layer.ts";
import { type Collector, startCollector } from "../../support/collector.ts";
import { openTestDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { type ReceiverMood, startReceiver } from "../../support/receiver.ts";
import { type Service, send, startService } from "../../support/service.ts";

/** Goal: a collector that is slow, refuses, hangs or is not there at all harms neither the service nor its stop. */

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
}, 60_000);
beforeEach(() => resetDatabase(database.db));
afterAll(() => database.close());

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Traced {
  readonly collector: Collector;
  readonly service: Service;
  /** The text of each line that the service logged. */
  readonly texts: readonly string[];
}

async function start(mood: ReceiverMood, sampled = 1): Promise<Traced> {
  const collector = startCollector();
  collector.receiver.mood = mood;
  cleanups.push(async () => collector[Symbol.asyncDispose]());
  const texts: string[] = [];
  const logger = Logger.make(({ message }) => void texts.push(String(Array.isArray(message) ? message[0] : message)));
  const telemetry = telemetryLayer({
    endpoint: collector.receiver.url,
    headers: Redacted.make({}),
    serviceName: "docket",
    sampled,
    role: "all",
  });
  const logging = telemetry.pipe(Layer.provideMerge(Logger.layer([logger])));
  return { collector, service: await startService(database, { logging }), texts };
}

async function deliver({ service }: Traced, count: number, from = 0): Promise<readonly number[]> {
  const replies = Array.from({ length: count }, (_, number) => {
    const data = { id: `user_${from + number}`, updated_at: EPOCH_MS };
    const body = { type: "user.updated", instance_id: INSTANCE_ID, timestamp: EPOCH_MS, data };
    return send(service, JSON.stringify(body), { id: `msg_${from + number}` });
  });
  return (await Promise.all(replies)).map(({ status }) => status);
}

const ALL_WELL = Array.from({ length: 20 }, () => 200);

test.each<[string, ReceiverMood]>([
  ["refuses", { status: 503 }],
  ["says that it is too much", { status: 429, headers: { "retry-after": "3600" } }],
  ["breaks off", "break off"],
  ["hangs", "hang"],
])("a collector that %s harms neither what is delivered nor the stop", async (_, mood) => {
  const traced = await start(mood);
  expect(await deliver(traced, 20)).toEqual(ALL_WELL);
  while (traced.collector.receiver.requests.length === 0) await Bun.sleep(10);
  expect(await deliver(traced, 20, 20)).toEqual(ALL_WELL);
  await traced.service.stop();
  expect(traced.texts).toContain("Queue drained");
  expect(traced.collector.receiver.requests.every(({ path }) => path.startsWith("/v1/"))).toBe(true);
});

test("a collector that sends elsewhere is not followed: a vendor's key would go there too", async () => {
  await using elsewhere = startReceiver();
  const traced = await start({ status: 307, headers: { location: elsewhere.url } });
  expect(await deliver(traced, 20)).toEqual(ALL_WELL);
  while (!traced.texts.includes("Traces or logs not exported")) await Bun.sleep(10);
  await traced.service.stop();
  expect(elsewhere.requests).toEqual([]);
});

test("nobody at the endpoint harms nothing, and is said", async () => {
  const traced = await start({ status: 200 });
  await traced.collector[Symbol.asyncDispose]();
  expect(await deliver(traced, 20)).toEqual(ALL_WELL);
  while (!traced.texts.includes("Traces or logs not exported")) await Bun.sleep(10);
  expect(await deliver(traced, 20, 20)).toEqual(ALL_WELL);
  await traced.service.stop();
});

test("the last spans and lines are sent when the service stops", async () => {
  const traced = await start({ status: 200 });
  expect(await deliver(traced, 1)).toEqual([200]);
  await traced.service.stop();
  expect(
    traced.collector
      .spans()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["record batch", "webhook"]);
  expect(traced.collector.lines().map(({ text }) => text)).toContain("Queue drained");
});

test("with none of the traces sampled, lines are sent and spans are not", async () => {
  const traced = await start({ status: 200 }, 0);
  expect(await deliver(traced, 20)).toEqual(ALL_WELL);
  await traced.service.stop();
  expect(traced.collector.spans()).toEqual([]);
  expect(traced.collector.lines().map(({ text }) => text)).toContain("Queue drained");
});

test("a batch links no more deliveries than collectors keep", async () => {
  const traced = await start({ status: 200 });
  await deliver(traced, 400);
  await traced.service.stop();
  const batches = traced.collector.spans().filter(({ name }) => name === "record batch");
  const messages = batches.map(({ attributes }) => Number(attributes["docket.batch.messages"]));
  expect(messages.reduce((sum, it) => sum + it, 0)).toBe(400);
  expect(Math.max(...messages)).toBeGreaterThan(128);
  expect(batches.map(({ links }) => links.length)).toEqual(messages.map((it) => Math.min(it, 128)));
});
