import { Effect, Layer, ManagedRuntime, Redacted } from "effect";
import { sql } from "kysely";
import { builtin } from "../../src/core/mod.ts";
import { Database } from "../../src/shell/database/database.ts";
import { migrateToLatest } from "../../src/shell/database/migrate.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import { Ingest } from "../../src/shell/ingest.ts";
import { loggingLayer } from "../../src/shell/logging.ts";
import { Measured } from "../../src/shell/signals/measured.ts";
import { EventStore } from "../../src/shell/store/event_store.ts";
import { makeDoorbell } from "../../src/shell/work/doorbell.ts";
import { resolveHandlers } from "../../src/shell/work/resolve_handlers.ts";
import { workerLayer } from "../../src/shell/work/worker_layer.ts";
import { measure } from "./measure.ts";

const INSTANCE_ID = "ins_bench";
let url = "";
let runtime: ManagedRuntime.ManagedRuntime<Ingest, unknown>;

/**
 * All of Docket but HTTP and the signature: each event is the body of a `user.created`, which is decoded, logged, ordered
 * and projected into its table, and whose job, planned in that transaction, calls a function in the database.
 */
export async function start(databaseUrl: string): Promise<void> {
  url = databaseUrl;
  const policies = [builtin.provision({ handler: "sql", extra: { function: "do_effect" }, maxAge: "forever" })];
  const doorbell = makeDoorbell();
  const layer = Layer.unwrap(
    Measured.useSync(({ signals }) => {
      const store = EventStore.layer({
        instanceIds: [INSTANCE_ID],
        onDelete: "erase",
        production: true,
        policies,
        onPlanned: doorbell.ring,
        onCounted: (batch) => signals.recorded(batch),
      });
      const onEnded = (attempts: Parameters<typeof signals.ended>[0]): void => signals.ended(attempts);
      const worker = workerLayer({ handlers: resolveHandlers({}), policies, doorbell, onEnded });
      return Ingest.layer({ queueMax: 10_000 }).pipe(Layer.provide(store), Layer.merge(worker));
    }),
  ).pipe(
    Layer.provide(Measured.layer),
    Layer.provide(Layer.effectDiscard(prepared)),
    Layer.provide(Database.layer({ databaseUrl: Redacted.make(databaseUrl), dataDir: "" })),
    Layer.provideMerge(loggingLayer("error")),
  );
  runtime = ManagedRuntime.make(layer);
  await runtime.context();
}

const prepared = Effect.gen(function* () {
  const { db } = yield* Database;
  yield* migrateToLatest(db);
  yield* Effect.promise(() =>
    sql`
      create function do_effect(payload jsonb, key text) returns void language sql as
      $$ insert into effect (key) values (payload ->> 'userId') $$`.execute(db),
  );
});

export function run(events: number): Promise<number> {
  return measure(url, {
    events,
    send: (key) => runtime.runPromise(Ingest.use((ingest) => ingest.submit(eventOf(key)))),
  });
}

function eventOf(key: string): ReturnType<typeof decodeDelivery> {
  const nowMs = Date.now();
  const data = {
    id: key,
    object: "user",
    first_name: "Ada",
    last_name: "Example",
    primary_email_address_id: `idn_${key}`,
    email_addresses: [{ id: `idn_${key}`, object: "email_address", email_address: `${key}@example.com` }],
    public_metadata: {},
    created_at: nowMs,
    updated_at: nowMs,
  };
  const body = JSON.stringify({
    type: "user.created",
    instance_id: INSTANCE_ID,
    object: "event",
    timestamp: nowMs,
    data,
  });
  return decodeDelivery({ svixId: `msg_${key}`, body, receivedAtMs: nowMs });
}

export function stop(): Promise<void> {
  return runtime.dispose();
}
