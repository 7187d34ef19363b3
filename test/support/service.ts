import { Effect, Layer, ManagedRuntime, Redacted } from "effect";
import { Webhook } from "svix";
import type { Policy } from "../../src/core/mod.ts";
import { Arrivals, type ArrivalsOptions } from "../../src/shell/arrival/arrivals.ts";
import { makeClerkApi } from "../../src/shell/clerk/clerk_api.ts";
import { FromClerk } from "../../src/shell/clerk/from_clerk.ts";
import { Database } from "../../src/shell/database/database.ts";
import { Drift, type DriftOptions } from "../../src/shell/drift/drift.ts";
import { HttpServer } from "../../src/shell/http_server.ts";
import { Ingest } from "../../src/shell/ingest.ts";
import { loggingLayer } from "../../src/shell/logging.ts";
import { Replays } from "../../src/shell/replay/replays.ts";
import { Measured } from "../../src/shell/signals/measured.ts";
import { makeVerify } from "../../src/shell/signature.ts";
import { EventStore } from "../../src/shell/store/event_store.ts";
import type { TestDatabase } from "./databases.ts";
import type { FakeClerk } from "./fake_clerk.ts";
import { INSTANCE_ID } from "./histories.ts";

export const SECRET = `whsec_${Buffer.from("a secret of twenty-four.").toString("base64")}`;
export const OTHER_SECRET = `whsec_${Buffer.from("the secret before that..").toString("base64")}`;

export interface ServiceOptions {
  readonly instanceIds?: readonly string[];
  readonly production?: boolean;
  readonly maxBodyBytes?: number;
  readonly queueMax?: number;
  readonly onDelete?: "erase" | "keep";
  readonly adminToken?: string;
  readonly bodyTimeLimitMs?: number;
  readonly bodiesBytesMax?: number;
  readonly drift?: DriftOptions;
  /** @default none */
  readonly policies?: readonly Policy[];
  /** Whom to ask. @default nobody: there is no key */
  readonly clerk?: Pick<FakeClerk, "url" | "secretKey">;
  readonly arrivals?: Omit<ArrivalsOptions, "databaseUrl">;
  /** Hears what is logged, from this level up. @default nothing below fatal, on the console */
  readonly logging?: Layer.Layer<never>;
}

export interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

/** The real HTTP server over a test's database, on a free port. */
export async function startService(
  { db, flavor, url: databaseUrl }: TestDatabase,
  options: ServiceOptions = {},
): Promise<Service> {
  const {
    instanceIds = [INSTANCE_ID],
    production = true,
    maxBodyBytes = 1_048_576,
    queueMax = 10_000,
    onDelete = "erase",
    logging = loggingLayer("fatal"),
    bodyTimeLimitMs = 10_000,
    bodiesBytesMax = 256_000_000,
  } = options;
  const adminToken = options.adminToken === undefined ? undefined : Redacted.make(options.adminToken);
  const verify = makeVerify([Redacted.make(SECRET), Redacted.make(OTHER_SECRET)]);
  const arrivals = Arrivals.layer({
    databaseUrl: databaseUrl === undefined ? undefined : Redacted.make(databaseUrl),
    ...options.arrivals,
  });
  const clerk = options.clerk;
  const api = clerk && makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
  const storeLayer = Layer.unwrap(
    Effect.gen(function* () {
      const { recorded } = yield* Arrivals;
      const { signals } = yield* Measured;
      const drift = yield* Drift;
      return FromClerk.layer(api ?? null).pipe(
        Layer.provideMerge(Ingest.layer({ queueMax })),
        Layer.provideMerge(Replays.layer({ onDelete, policies: options.policies ?? [] })),
        Layer.provideMerge(
          EventStore.layer({
            instanceIds,
            onDelete,
            production,
            policies: options.policies ?? [],
            onRecorded: recorded,
            onCounted: (batch) => {
              signals.recorded(batch);
              drift.recorded(batch);
            },
          }),
        ),
      );
    }),
  );
  const layer = HttpServer.layer({
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes,
    takesWebhooks: true,
    verify,
    adminToken,
    bodyTimeLimitMs,
    bodiesBytesMax,
  }).pipe(
    Layer.provide(storeLayer),
    Layer.provide(Layer.mergeAll(arrivals, Measured.layer, Drift.layer(options.drift))),
    Layer.provide(Layer.succeed(Database, { db, flavor })),
    Layer.provideMerge(logging),
  );
  const runtime = ManagedRuntime.make(layer);
  const { url } = await runtime.runPromise(HttpServer.use((server) => Effect.succeed(server)));
  return { url, stop: () => runtime.dispose() };
}

export interface SignOptions {
  readonly id?: string;
  readonly secret?: string;
  readonly at?: Date;
  readonly prefix?: "svix" | "webhook";
}

/** The headers that Svix would send with this body. */
export function signedHeaders(body: string, options: SignOptions = {}): Readonly<Record<string, string>> {
  const { id = "msg_test", secret = SECRET, at = new Date(), prefix = "svix" } = options;
  return {
    "content-type": "application/json",
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
    [`${prefix}-signature`]: new Webhook(secret).sign(id, at, body),
  };
}

/** Sends a signed body to the service's endpoint. */
export function send({ url }: Service, body: string, options: SignOptions = {}): Promise<Response> {
  return fetch(`${url}/webhooks/clerk`, { method: "POST", headers: signedHeaders(body, options), body });
}
