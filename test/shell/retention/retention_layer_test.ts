import { expect, test } from "bun:test";
import { Effect, Layer, ManagedRuntime } from "effect";
import { sql } from "kysely";
import { checkRetention } from "../../../src/shell/command/check_retention.ts";
import { Database } from "../../../src/shell/database/database.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { loggingLayer } from "../../../src/shell/logging.ts";
import { retentionLayer } from "../../../src/shell/retention/retention_layer.ts";
import { ask, event } from "../../support/api.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { logging } from "../../support/logging.ts";
import { droppedIn } from "../../support/retained.ts";
import { startService } from "../../support/service.ts";
import { until } from "../../support/stage.ts";

const DAY_MS = 86_400_000;

eachDatabase("retentionLayer()", (database) => {
  test("drops by itself what is old, leaves what is not, and says so where one looks", async () => {
    const nowMs = Date.now();
    const days = [400, 200, 50, 1];
    const messages = days.map((day, index) =>
      decodeDelivery({
        svixId: `msg_${day}`,
        body: event("user.updated", nowMs - day * DAY_MS - EPOCH_MS, { id: "user_1", first_name: `At ${index}` }),
        receivedAtMs: nowMs - day * DAY_MS,
      }),
    );
    await recorder(database())(messages);
    const running = start(database(), 100);
    await until("a payload was dropped", async () => (await droppedIn(database())).length > 0);
    await running.dispose();
    expect(await droppedIn(database())).toEqual(["msg_400"]);

    const service = await startService(database());
    try {
      const gone = await ask(service, "/events/msg_400");
      expect([gone.status, gone.body["payload"], gone.body["outcome"]]).toEqual([200, null, "applied"]);
      expect((await ask(service, "/events/msg_200")).body["payload"]).toMatchObject({ data: { first_name: "At 1" } });
      const at = (day: number): string => new Date(nowMs - day * DAY_MS + 1_000).toISOString();
      const then = async (day: number): Promise<unknown> =>
        (await ask(service, `/entities/user/user_1?at=${at(day)}`)).body["payload"];
      expect(await Promise.all(days.map(then))).toEqual(["dropped", "kept", "kept", "kept"]);
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      expect(metrics).toContain("\ndocket_payloads_dropped_total 1\n");
    } finally {
      await service.stop();
    }
    const [check] = await checkRetention({ retentionDays: 100 }, database().db);
    expect(check?.detail).toBe("1 payloads that were replaced long ago were dropped; after 100 days");
  });

  test("says that it failed, and ends at once all the same", async () => {
    await sql`insert into docket.setting (key, value) values ('retention', 'no json')`.execute(database().db);
    const heard = logging();
    const running = start(database(), 3, heard.layer);
    await until("it failed", () => heard.texts().includes("Old payloads not dropped, will try again"));
    const fromMs = performance.now();
    await running.dispose();
    expect(performance.now() - fromMs).toBeLessThan(2_000);
  });
});

function start(
  { db, flavor }: TestDatabase,
  days: number,
  logs: Layer.Layer<never> = loggingLayer("fatal"),
): ManagedRuntime.ManagedRuntime<never, never> {
  const layer = retentionLayer({ days }).pipe(
    Layer.provide(Layer.succeed(Database, { db, flavor })),
    Layer.provide(logs),
  );
  const runtime = ManagedRuntime.make(layer);
  runtime.runFork(Effect.void);
  return runtime;
}
