import { Context, Duration, Effect, Layer, Option, type Redacted } from "effect";
import { makeAnswer } from "./api/answer.ts";
import { makeGuard } from "./api/guard.ts";
import { Database } from "./database/database.ts";
import { migrationStatus } from "./database/migrate.ts";
import { handleWebhook } from "./handle_webhook.ts";
import { makeHttp } from "./http.ts";
import type { Ingest } from "./ingest.ts";
import { errorReply } from "./reply.ts";
import type { Verify } from "./signature.ts";

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly verify: Verify;
  /** Opens the API to whoever sends it. Absent: only this machine itself is answered. */
  readonly adminToken: Redacted.Redacted<string> | undefined;
}

/** Longest time that requests in flight may take once we are told to stop. */
const DRAIN_TIMEOUT = Duration.seconds(10);
const READY_TIMEOUT = Duration.seconds(3);

/** The HTTP server as a resource: listening while the layer lives, drained before anything it uses is closed. */
export class HttpServer extends Context.Service<HttpServer, { readonly url: string; readonly port: number }>()(
  "docket/shell/HttpServer",
) {
  static layer(options: HttpServerOptions): Layer.Layer<HttpServer, never, Ingest | Database> {
    return Layer.effect(
      HttpServer,
      Effect.gen(function* () {
        const services = yield* Effect.context<Ingest | Database>();
        const run = Effect.runPromiseWith(services);
        const answer = yield* makeAnswer;
        let stopping = false;
        const http = makeHttp({
          webhook: (request) =>
            stopping
              ? Promise.resolve(errorReply("unavailable", "The service is stopping: send the message again"))
              : run(handleWebhook(request, options)),
          api: {
            guard: makeGuard(options.adminToken),
            ask: (question) =>
              stopping
                ? Promise.resolve(errorReply("unavailable", "The service is stopping: ask again"))
                : run(answer(question)),
          },
          notReady: () => run(notReady),
          onDefect: (defect) => void run(Effect.logError("Request failed by a defect", { defect })),
        });
        yield* Effect.acquireRelease(
          Effect.sync(() =>
            // Bun's own limit answers with an empty body; ours is checked while reading, and answers what to do.
            http.listen({ hostname: options.host, port: options.port, maxRequestBodySize: Number.MAX_SAFE_INTEGER }),
          ),
          () =>
            Effect.gen(function* () {
              stopping = true;
              const drained = yield* Effect.promise(() => http.stop()).pipe(Effect.timeoutOption(DRAIN_TIMEOUT));
              if (Option.isNone(drained)) yield* Effect.promise(() => http.stop(true));
              yield* Effect.logInfo("HTTP server stopped", { drained: Option.isSome(drained) });
            }),
        );
        const port = http.server?.port ?? options.port;
        const url = `http://localhost:${port}`;
        yield* Effect.logInfo("HTTP server listening", { host: options.host, port });
        return HttpServer.of({ url, port });
      }),
    );
  }
}

const notReady = Effect.gen(function* () {
  const { db } = yield* Database;
  const pending = (yield* migrationStatus(db)).filter(({ executedAt }) => executedAt === undefined);
  return pending.length === 0 ? null : `migrations are pending: ${pending.map(({ name }) => name).join(", ")}`;
}).pipe(
  Effect.timeout(READY_TIMEOUT),
  Effect.catch(() => Effect.succeed("the database does not answer")),
);
