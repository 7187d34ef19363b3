import { Context, Duration, Effect, Layer, Option, type Redacted } from "effect";
import { makeAnswer } from "./api/answer.ts";
import { makeGuard } from "./api/guard.ts";
import type { SettingError } from "./app_config.ts";
import { makeBodyBudget } from "./body_budget.ts";
import { Database } from "./database/database.ts";
import { pendingMigrations } from "./database/migrate.ts";
import { handleWebhook } from "./handle_webhook.ts";
import { makeHttp } from "./http.ts";
import type { Ingest } from "./ingest.ts";
import { toListenError } from "./listen_error.ts";
import { errorReply, type Reply } from "./reply.ts";
import { shareAnswer } from "./shared_answer.ts";
import type { Verify } from "./signature.ts";

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** False: there is no route for webhooks. */
  readonly takesWebhooks: boolean;
  readonly verify: Verify;
  /** Opens the API to whoever sends it. Absent: only this machine itself is answered. */
  readonly adminToken: Redacted.Redacted<string> | undefined;
  /** @default 10_000, of one body */
  readonly bodyTimeLimitMs?: number;
  /** @default 256_000_000, of all bodies in memory */
  readonly bodiesBytesMax?: number;
}

/** Unsigned bodies come from anybody: what all of them together may hold, and how long each may take. */
const BODIES_BYTES_MAX = 256_000_000;
const BODY_TIME_LIMIT_MS = 10_000;

/** Longest time that requests in flight may take once we are told to stop. */
const DRAIN_TIMEOUT = Duration.seconds(10);
const READY_TIMEOUT = Duration.seconds(3);
/** How old an answer of `/readyz` may be: however many ask, the database is asked once a second. */
const READY_KEEP_MS = 1_000;

/** The HTTP server as a resource: listening while the layer lives, drained before anything it uses is closed. */
export class HttpServer extends Context.Service<HttpServer, { readonly url: string; readonly port: number }>()(
  "docket/shell/HttpServer",
) {
  static layer(options: HttpServerOptions): Layer.Layer<HttpServer, SettingError, Ingest | Database> {
    return Layer.effect(
      HttpServer,
      Effect.gen(function* () {
        const services = yield* Effect.context<Ingest | Database>();
        const run = Effect.runPromiseWith(services);
        const answer = yield* makeAnswer;
        let stopping = false;
        const settings = {
          ...options,
          bodyTimeLimitMs: options.bodyTimeLimitMs ?? BODY_TIME_LIMIT_MS,
          bodies: makeBodyBudget(options.bodiesBytesMax ?? BODIES_BYTES_MAX),
        };
        const webhook = (request: Request): Promise<Reply> =>
          stopping
            ? Promise.resolve(errorReply("unavailable", "The service is stopping: send the message again"))
            : run(handleWebhook(request, settings));
        const problem = shareAnswer(() => run(findProblem), READY_KEEP_MS);
        const http = makeHttp({
          webhook: options.takesWebhooks ? webhook : null,
          api: {
            guard: makeGuard(options.adminToken),
            ask: (question) =>
              stopping
                ? Promise.resolve(errorReply("unavailable", "The service is stopping: ask again"))
                : run(answer(question)),
          },
          notReady: () => run(inTime(problem)),
          onDefect: (defect) => void run(Effect.logError("Request failed by a defect", { defect })),
        });
        yield* Effect.acquireRelease(
          Effect.try({
            try: () =>
              http.listen({
                hostname: options.host,
                port: options.port,
                // Elysia shares the port with whoever else does: a second Docket would quietly take half the requests.
                reusePort: false,
                // Bun's own limit answers with an empty body; ours is checked while reading, and answers what to do.
                maxRequestBodySize: Number.MAX_SAFE_INTEGER,
              }),
            catch: toListenError,
          }),
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

const SILENT = "the database does not answer";

/** Null when the service is ready. Ends, since the database's sessions have limits of their own. */
const findProblem = Effect.gen(function* () {
  const { db } = yield* Database;
  const pending = yield* pendingMigrations(db);
  return pending.length === 0 ? null : `migrations are pending: ${pending.join(", ")}`;
}).pipe(Effect.catch(() => Effect.succeed(SILENT)));

/** Each caller waits for its own time; the question goes on for those who ask later. */
function inTime(problem: () => Promise<string | null>): Effect.Effect<string | null> {
  return Effect.promise(problem).pipe(
    Effect.timeoutOrElse({ duration: READY_TIMEOUT, orElse: () => Effect.succeed(SILENT) }),
  );
}
