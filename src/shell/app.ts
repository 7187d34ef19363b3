import { Clock, Effect, Layer, type Redacted } from "effect";
import type { Policy } from "../core/mod.ts";
import type { AppConfig, SettingError } from "./app_config.ts";
import { Arrivals } from "./arrival/arrivals.ts";
import { type ClerkApi, makeClerkApi } from "./clerk/clerk_api.ts";
import { FromClerk } from "./clerk/from_clerk.ts";
import type { Hooks } from "./config/define_config.ts";
import { switchOn } from "./config/policy_since.ts";
import { Database, type DatabaseError, toDatabaseError } from "./database/database.ts";
import { type MigrationError, migrateToLatest } from "./database/migrate.ts";
import { Drift } from "./drift/drift.ts";
import { builtinHandlers } from "./handler/builtin_handlers.ts";
import type { Handler } from "./handler/handler.ts";
import { HttpServer } from "./http_server.ts";
import type { HttpNeeds, HttpServiceOptions } from "./http_service.ts";
import { Ingest } from "./ingest.ts";
import { loggingLayer } from "./logging.ts";
import { reconcileLayer } from "./reconcile/reconcile_layer.ts";
import { Replays } from "./replay/replays.ts";
import { retentionLayer } from "./retention/retention_layer.ts";
import type { EndedAttempt } from "./signals/ended_attempt.ts";
import { Measured } from "./signals/measured.ts";
import { makeVerify } from "./signature.ts";
import { silenceLayer } from "./silence/silence_layer.ts";
import { EventStore } from "./store/event_store.ts";
import { sweeperLayer } from "./store/sweeper.ts";
import { makeAskFor } from "./work/ask_clerk.ts";
import { type Doorbell, makeDoorbell } from "./work/doorbell.ts";
import { resolveHandlers } from "./work/resolve_handlers.ts";
import { workerLayer } from "./work/worker_layer.ts";

/** What comes from the user's config module. */
export interface AppOptions {
  readonly policies: readonly Policy[];
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly hooks: Hooks;
}

/**
 * The whole service, from settings. Layers close in reverse: HTTP drains, the worker stops, the queue drains, and then the
 * database closes.
 */
export function appLayer(
  config: AppConfig,
  signingSecrets: readonly Redacted.Redacted<string>[],
  options: AppOptions,
): Layer.Layer<HttpServer | Database, DatabaseError | MigrationError | SettingError> {
  const { host, port } = config;
  return HttpServer.layer({ host, port, ...httpOptions(config, signingSecrets) }).pipe(
    Layer.provideMerge(servicesLayer(config, options)),
  );
}

/** How the routes are set, whoever serves them. */
export function httpOptions(
  { maxBodyBytes, role, adminToken }: AppConfig,
  signingSecrets: readonly Redacted.Redacted<string>[],
): HttpServiceOptions {
  return { maxBodyBytes, takesWebhooks: role !== "worker", verify: makeVerify(signingSecrets), adminToken };
}

/** All but HTTP: what the routes stand on, and the worker. */
export function servicesLayer(
  config: AppConfig,
  { policies, handlers, hooks }: AppOptions,
): Layer.Layer<HttpNeeds, DatabaseError | MigrationError> {
  const { databaseUrl, dataDir, queueMax, instanceIds, onDelete, production, clerkApiUrl, clerkSecretKey } = config;
  // One client for all: its limits are those of the process.
  const api = makeClerkApi({ apiUrl: clerkApiUrl, secretKey: clerkSecretKey });
  const doorbell = makeDoorbell();
  const storeLayer = Layer.unwrap(
    Effect.gen(function* () {
      const { recorded } = yield* Arrivals;
      const { signals } = yield* Measured;
      const drift = yield* Drift;
      const policiesOn = yield* switchedOn(policies);
      const rules = { instanceIds, onDelete, production, policies: policiesOn };
      const store = FromClerk.layer(clerkSecretKey === undefined ? null : api).pipe(
        Layer.provideMerge(Ingest.layer({ queueMax })),
        Layer.provideMerge(Replays.layer({ ...rules, onPlanned: doorbell.ring })),
        Layer.provideMerge(
          EventStore.layer({
            ...rules,
            onPlanned: doorbell.ring,
            onRecorded: recorded,
            onCounted: (batch) => {
              signals.recorded(batch);
              drift.recorded(batch);
            },
          }),
        ),
      );
      if (config.role === "ingest") return store;
      const onEnded = (attempts: readonly EndedAttempt[]): void => signals.ended(attempts);
      const worker = jobsLayer({ policies: policiesOn, handlers, doorbell, api, onEnded });
      const sweeper = sweeperLayer({ onDelete, policies: policiesOn });
      const watches = Layer.mergeAll(
        watchLayer(config, hooks, { api }),
        periodicLayer(config, api),
        config.retentionDays === null ? Layer.empty : retentionLayer({ days: config.retentionDays }),
      );
      return Layer.mergeAll(sweeper, worker, watches).pipe(Layer.provideMerge(store));
    }),
  );
  return storeLayer.pipe(
    Layer.provideMerge(Layer.mergeAll(Arrivals.layer({ databaseUrl }), Measured.layer, Drift.layer())),
    Layer.provide(Layer.effectDiscard(migrated)),
    Layer.provideMerge(Database.layer({ databaseUrl, dataDir })),
    Layer.provideMerge(exportLayer(config)),
    Layer.provideMerge(loggingLayer(config.logLevel)),
  );
}

/** Closes last, so that it hears of all the others' ends. Not even loaded where nothing is exported. */
function exportLayer({ telemetry, role }: AppConfig): Layer.Layer<never> {
  if (telemetry === null) return Layer.empty;
  return Layer.unwrap(
    Effect.promise(async () => {
      const { telemetryLayer } = await import("./telemetry/telemetry_layer.ts");
      return telemetryLayer({ ...telemetry, role });
    }),
  );
}

/** Closes before the queue: what jobs still ask of Clerk is recorded. */
function jobsLayer({
  policies,
  handlers,
  doorbell,
  api,
  onEnded,
}: JobsOptions): Layer.Layer<never, never, Database | FromClerk> {
  return Layer.unwrap(
    Effect.gen(function* () {
      const { take } = yield* FromClerk;
      const services = yield* Effect.context<never>();
      const askFor = take === null ? null : makeAskFor({ take, services });
      const all = resolveHandlers({ ...builtinHandlers({ api }), ...handlers });
      return workerLayer({ handlers: all, policies, doorbell, askFor, onEnded });
    }),
  );
}

interface JobsOptions extends Omit<AppOptions, "hooks"> {
  readonly doorbell: Doorbell;
  readonly onEnded: (attempts: readonly EndedAttempt[]) => void;
  readonly api: ClerkApi;
}

/** Whether webhooks still come is looked at from outside the path that they take. */
function watchLayer(
  { silenceAfterMs, clerkSecretKey, instanceIds }: AppConfig,
  { silence }: Hooks,
  { api }: Pick<JobsOptions, "api">,
): Layer.Layer<never, never, Database> {
  if (silenceAfterMs === null) return Layer.empty;
  const asked = clerkSecretKey === undefined ? null : api;
  return silenceLayer({ afterMs: silenceAfterMs, api: asked, instanceIds, hook: silence });
}

/** Closes before the store: what it found is recorded. */
function periodicLayer(
  { reconcileEveryMs, instanceIds }: AppConfig,
  api: ClerkApi,
): Layer.Layer<never, never, Database | EventStore> {
  return reconcileEveryMs === null ? Layer.empty : reconcileLayer({ everyMs: reconcileEveryMs, api, instanceIds });
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
