import { Effect, Layer } from "effect";
import { envelopeOf, type Message, type Policy } from "../../src/core/mod.ts";
import { Database } from "../../src/shell/database/database.ts";
import { type ReplayedPage, type ReplayOptions, replay } from "../../src/shell/replay/replay.ts";
import { EventStore, type EventStoreOptions } from "../../src/shell/store/event_store.ts";
import type { TestDatabase } from "./databases.ts";
import { INSTANCE_ID } from "./histories.ts";

export type ReplayedAll = Omit<ReplayedPage, "messages"> & { readonly messages: number };

/** Replays in a test's database, as a process with these settings would. Gives all pages as one. */
export function replayer(
  { db, flavor }: TestDatabase,
  settings: Partial<EventStoreOptions> & { readonly policies?: readonly Policy[] } = {},
): (options?: Partial<ReplayOptions>) => Promise<ReplayedAll> {
  const { onDelete = "erase", policies = [] } = settings;
  const layer = EventStore.layer({
    instanceIds: [INSTANCE_ID],
    production: true,
    ...settings,
    onDelete,
    policies,
  }).pipe(Layer.provide(Layer.succeed(Database, { db, flavor })));
  const tools = {
    db,
    onDelete,
    policies,
    retake: (messages: readonly Message[], options: Parameters<EventStore["Service"]["retake"]>[1]) =>
      Effect.runPromise(EventStore.use((store) => store.retake(messages, options)).pipe(Effect.provide(layer))),
  };
  return async (options = {}) => {
    const pages = await Array.fromAsync(
      replay(tools, { choice: {}, mode: "missing", dry: false, actor: "test", ...options }),
    );
    return {
      messages: pages.reduce((sum, page) => sum + page.messages, 0),
      retaken: pages.flatMap((page) => page.retaken),
      repaired: pages.flatMap((page) => page.repaired),
      planned: pages.flatMap((page) => page.planned),
      restored: pages.flatMap((page) => page.restored),
      again: pages.flatMap((page) => page.again),
      left: pages.flatMap((page) => page.left),
    };
  };
}

/** The message as a decoder that knows less takes it. */
export function notUnderstood(message: Message): Message {
  return { ...envelopeOf(message), _tag: "Unreadable", fault: "an older decoder's" };
}
