import { Effect, Layer, type Redacted } from "effect";
import type { AppConfig } from "./app_config.ts";
import { Database, type DatabaseError } from "./database/database.ts";
import { type MigrationError, migrateToLatest } from "./database/migrate.ts";
import { HttpServer } from "./http_server.ts";
import { Ingest } from "./ingest.ts";
import { loggingLayer } from "./logging.ts";
import { makeVerify } from "./signature.ts";
import { EventStore } from "./store/event_store.ts";
import { sweeperLayer } from "./store/sweeper.ts";

/** The whole service, from settings. Layers close in reverse: HTTP drains, then the queue, then the database closes. */
export function appLayer(
  config: AppConfig,
  signingSecrets: readonly Redacted.Redacted<string>[],
): Layer.Layer<HttpServer | Database, DatabaseError | MigrationError> {
  const { databaseUrl, dataDir, host, port, maxBodyBytes, queueMax, instanceIds, onDelete, production, adminToken } =
    config;
  const http = HttpServer.layer({ host, port, maxBodyBytes, verify: makeVerify(signingSecrets), adminToken });
  return http.pipe(
    Layer.provide(Ingest.layer({ queueMax })),
    Layer.provide(EventStore.layer({ instanceIds, onDelete, production })),
    Layer.provide(sweeperLayer({ onDelete, policies: [] })),
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
