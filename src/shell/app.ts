import { Clock, Effect, Layer, type Redacted } from "effect";
import type { Policy } from "../core/mod.ts";
import type { AppConfig, SettingError } from "./app_config.ts";
import { switchOn } from "./config/policy_since.ts";
import { Database, type DatabaseError, toDatabaseError } from "./database/database.ts";
import { type MigrationError, migrateToLatest } from "./database/migrate.ts";
import { HttpServer } from "./http_server.ts";
import { Ingest } from "./ingest.ts";
import { loggingLayer } from "./logging.ts";
import { makeVerify } from "./signature.ts";
import { EventStore } from "./store/event_store.ts";
import { sweeperLayer } from "./store/sweeper.ts";

/** What comes from the user's config module. */
export interface AppOptions {
  readonly policies: readonly Policy[];
}

/** The whole service, from settings. Layers close in reverse: HTTP drains, then the queue, then the database closes. */
export function appLayer(
  config: AppConfig,
  signingSecrets: readonly Redacted.Redacted<string>[],
  { policies }: AppOptions,
): Layer.Layer<HttpServer | Database, DatabaseError | MigrationError | SettingError> {
  const { databaseUrl, dataDir, host, port, maxBodyBytes, queueMax, instanceIds, onDelete, production, adminToken } =
    config;
  const http = HttpServer.layer({
    host,
    port,
    maxBodyBytes,
    takesWebhooks: config.role !== "worker",
    verify: makeVerify(signingSecrets),
    adminToken,
  });
  const storeLayer = Layer.unwrap(
    Effect.map(switchedOn(policies), (policies) =>
      Layer.merge(
        EventStore.layer({ instanceIds, onDelete, production, policies }),
        config.role === "ingest" ? Layer.empty : sweeperLayer({ onDelete, policies }),
      ),
    ),
  );
  return http.pipe(
    Layer.provide(Ingest.layer({ queueMax })),
    Layer.provide(storeLayer),
    Layer.provide(Layer.effectDiscard(migrated)),
    Layer.provideMerge(Database.layer({ databaseUrl, dataDir })),
    Layer.provideMerge(loggingLayer(config.logLevel)),
  );
}

const migrated = Effect.gen(function* () {
  const { db } = yield* Database;
  const applied = yield* migrateToLatest(db);
  if (applied.length > 0) yield* Effect.logInfo("Schema migrated", { applied });
});

function switchedOn(policies: readonly Policy[]): Effect.Effect<readonly Policy[], DatabaseError, Database> {
  return Effect.gen(function* () {
    const { db } = yield* Database;
    const nowMs = yield* Clock.currentTimeMillis;
    return yield* Effect.tryPromise({
      try: () => switchOn(db, policies, nowMs),
      catch: (cause) => toDatabaseError("note which policies are on", cause),
    });
  });
}
