import { Layer, Logger } from "effect";
import { withSince } from "../config/policy_since.ts";
import { Database } from "../database/database.ts";
import { EventStore } from "../store/event_store.ts";
import type { OpenLog } from "./open_log.ts";

/** The store of a command that records messages itself. It plans the jobs that a running service would plan. */
export async function storeLayer({ db, flavor, settings, policies }: OpenLog): Promise<Layer.Layer<EventStore>> {
  const { onDelete, instanceIds } = settings;
  const store = EventStore.layer({ instanceIds, onDelete, policies: await withSince(db, policies), production: true });
  return store.pipe(Layer.provide(Layer.succeed(Database, { db, flavor })), Layer.provideMerge(Logger.layer([])));
}
