import { Effect, ManagedRuntime } from "effect";
import type { Kind } from "../core/mod.ts";
import type { EntityItem } from "./api/read_entities.ts";
import { httpOptions, servicesLayer } from "./app.ts";
import type { AskableKind } from "./clerk/fetch_entity.ts";
import { errorOf } from "./docket_error.ts";
import { type DocketOptions, readDocketOptions } from "./docket_options.ts";
import type { makeHttp } from "./http.ts";
import { type HttpService, makeHttpService } from "./http_service.ts";
import type { EntityRow } from "./tables/entity_row.ts";

/** How long a caller waits for a row. */
export interface WaitRowOptions {
  /** Above 0, up to 30. */
  readonly seconds: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** A Docket in your own process: an Elysia plugin with its routes, and what you can ask it without HTTP. */
export type Docket = ReturnType<typeof makeHttp> & {
  /** Answers a request of any server: `POST /webhooks/clerk`, `/v1/...`, `/healthz`. Never rejects. */
  readonly handler: (request: Request) => Promise<Response>;
  /**
   * The row of an entity, now: from the database, else from Clerk, through the same reducers as webhooks. For who has just
   * signed up, before the webhook came: it is one row and one welcome, whichever is first.
   *
   * Null: Clerk has none of that id. A deleted one is not fetched again: its row has `deleted_at`. Many who ask for the
   * same one at once share one request. Rejects with a `DocketError`: without a key (`no_clerk_key`), or when Clerk or the
   * database fails. Safe to repeat.
   */
  readonly ensure: <K extends AskableKind>(kind: K, id: string) => Promise<EntityRow<K> | null>;
  /** The row of an entity, as soon as it is there; null when the time is up. Nothing is asked of Clerk. */
  readonly wait: <K extends Kind>(kind: K, id: string, options: WaitRowOptions) => Promise<EntityRow<K> | null>;
  /** Stops: waits end, what was taken is written, jobs under way finish or are given back. Bounded, some 30 s at most. */
  readonly close: () => Promise<void>;
};

/**
 * Opens the database, migrates it, runs jobs, and gives a plugin: `new Elysia().use(await docket({ ... }))`. Rejects with
 * a `SettingError` that names the option, or a `DatabaseError`. Call `close()` when your server has stopped.
 */
export async function docket(options: DocketOptions): Promise<Docket> {
  const { config, rules } = await Effect.runPromise(readDocketOptions(options));
  const runtime = ManagedRuntime.make(servicesLayer(config, rules));
  try {
    const service = await runtime.runPromise(makeHttpService(httpOptions(config, config.signingSecrets)));
    const close = async (): Promise<void> => {
      service.stop();
      await runtime.dispose();
    };
    const { http } = service;
    return Object.assign(http, {
      handler: async (request: Request) => http.handle(request),
      ensure: <K extends AskableKind>(kind: K, id: string) =>
        readRow<K>(service, { kind, id, query: { fetch: "true" } }),
      wait: <K extends Kind>(kind: K, id: string, { seconds, signal }: WaitRowOptions) =>
        readRow<K>(service, { kind, id, query: { wait: String(Math.ceil(seconds * 1_000) / 1_000) }, signal }),
      close,
    });
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

interface RowQuestion<K extends Kind> {
  readonly kind: K;
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** As the API answers, so that both have the same limits. */
async function readRow<K extends Kind>(
  { ask }: HttpService,
  { kind, id, query, signal }: RowQuestion<K>,
): Promise<EntityRow<K> | null> {
  const reply = await ask({ _tag: "ShowEntity", kind, id, parameters: new URLSearchParams(query), signal });
  const error = errorOf(reply);
  if (error === undefined) return (reply.body as EntityItem).data as EntityRow<K>;
  if (error.code === "not_found") return null;
  throw error;
}
