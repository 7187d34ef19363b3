import { Effect, Layer } from "effect";
import type { Message } from "../../src/core/mod.ts";
import { Database } from "../../src/shell/database/database.ts";
import { type Answers, EventStore, type EventStoreOptions } from "../../src/shell/store/event_store.ts";
import type { TestDatabase } from "./databases.ts";
import { INSTANCE_ID } from "./histories.ts";

/** Records batches in a test's database, as a process with these settings would. */
export function recorder(
  { db, flavor }: Pick<TestDatabase, "db" | "flavor">,
  options: Partial<EventStoreOptions> = {},
): (messages: readonly Message[]) => Promise<Answers> {
  const layer = EventStore.layer({ instanceIds: [INSTANCE_ID], onDelete: "erase", production: true, ...options }).pipe(
    Layer.provide(Layer.succeed(Database, { db, flavor })),
  );
  return (messages) => Effect.runPromise(EventStore.use((store) => store.record(messages)).pipe(Effect.provide(layer)));
}
