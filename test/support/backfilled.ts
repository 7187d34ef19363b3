import { Effect, Layer, Redacted } from "effect";
import { sql } from "kysely";
import type { JsonObject, Policy } from "../../src/core/mod.ts";
import { type BackfillOptions, backfill, chooseWalks, type Walked } from "../../src/shell/backfill/backfill.ts";
import { makeClerkApi } from "../../src/shell/clerk/clerk_api.ts";
import type { Walk } from "../../src/shell/clerk/listing.ts";
import type { ObservableKind } from "../../src/shell/clerk/observation.ts";
import { Database } from "../../src/shell/database/database.ts";
import { EventStore } from "../../src/shell/store/event_store.ts";
import { TABLES } from "../../src/shell/tables/mod.ts";
import type { TestDatabase } from "./databases.ts";
import type { FakeWorld } from "./fake_clerk/world.ts";
import type { FakeClerk } from "./fake_clerk.ts";
import { INSTANCE_ID } from "./histories.ts";

export type BackfillTestOptions = Partial<BackfillOptions> & {
  readonly policies?: readonly Policy[];
  /** Every batch is recorded so late. @default 0 */
  readonly lateMs?: number;
};

/** Everything that Clerk lists. */
export const ALL_WALKS: readonly Walk[] = chooseWalks({ kinds: [], sessions: true, billing: true });

/** Runs a backfill from the fake into a test's database, as a process of its own would. */
export function runBackfill(
  { db, flavor }: TestDatabase,
  clerk: FakeClerk,
  { policies = [], lateMs = 0, ...options }: BackfillTestOptions = {},
): Promise<readonly Walked[]> {
  const api = makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
  const layer = EventStore.layer({ instanceIds: [INSTANCE_ID], onDelete: "erase", production: true, policies });
  return Effect.runPromise(
    EventStore.use((onTime) => {
      const record: typeof onTime.record = (messages) => Effect.delay(onTime.record(messages), lateMs);
      const store = { ...onTime, record };
      return backfill({ api, db, store, instanceId: INSTANCE_ID, walks: ALL_WALKS, ...options });
    }).pipe(Effect.provide(Layer.provide(layer, Layer.succeed(Database, { db, flavor })))),
  );
}

/** What differs between the live rows of a kind and those of the fake: an empty list where they are equal. */
export async function differencesOf(
  { db }: TestDatabase,
  world: FakeWorld,
  kind: ObservableKind,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string; data: JsonObject }>`
    select id, data from ${sql.table(`clerk.live_${TABLES[kind].table}`)}`.execute(db);
  const here = new Map(rows.map(({ id, data }) => [id, data]));
  const there = world.table(kind).rows();
  const extra = here.size > there.length ? [`${here.size - there.length} too many`] : [];
  return there
    .flatMap((row) => (Bun.deepEquals(here.get(String(row["id"])), row) ? [] : [String(row["id"])]))
    .concat(extra);
}
