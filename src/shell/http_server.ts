import { Context, Duration, Effect, Layer, Option } from "effect";
import type { SettingError } from "./app_config.ts";
import { type HttpNeeds, type HttpServiceOptions, makeHttpService } from "./http_service.ts";
import { toListenError } from "./listen_error.ts";

export interface HttpServerOptions extends HttpServiceOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Longest time that requests in flight may take once we are told to stop. */
const DRAIN_TIMEOUT = Duration.seconds(10);

/** The HTTP server as a resource: listening while the layer lives, drained before anything it uses is closed. */
export class HttpServer extends Context.Service<HttpServer, { readonly url: string; readonly port: number }>()(
  "docket/shell/HttpServer",
) {
  static layer(options: HttpServerOptions): Layer.Layer<HttpServer, SettingError, HttpNeeds> {
    return Layer.effect(
      HttpServer,
      Effect.gen(function* () {
        const { http, stop } = yield* makeHttpService({ ...options, showsDashboard: true });
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
              stop();
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
