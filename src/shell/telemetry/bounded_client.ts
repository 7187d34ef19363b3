import { Duration, Effect, Schedule } from "effect";
import * as HttpClient from "effect/http/HttpClient";
import * as HttpClientResponse from "effect/http/HttpClientResponse";

/** Of one request, its second try and its answer's body. */
const REQUEST_LIMIT = Duration.seconds(10);
const SECOND_TRY = Schedule.spaced(Duration.millis(500)).pipe(Schedule.upTo({ times: 1 }));
/** Requests under way at once: they hold what they send. */
const REQUESTS_MAX = 16;

/**
 * Keeps a collector that fails, hangs or is slow from filling our memory: few requests at once, each tried twice within a
 * limited time. What comes above that is dropped. A failure is a defect to Effect's exporter, which then drops what it
 * holds and rests for a minute.
 */
export function boundedClient(client: HttpClient.HttpClient): HttpClient.HttpClient {
  let underWay = 0;
  return HttpClient.transform(HttpClient.filterStatusOk(client), (response, request) =>
    Effect.suspend(() => {
      // The exporter reads the body again, and without a limit.
      const over = HttpClientResponse.fromWeb(request, new Response(null));
      if (underWay >= REQUESTS_MAX) return Effect.as(notKept("the collector does not keep up"), over);
      underWay += 1;
      return response.pipe(
        Effect.tap(({ arrayBuffer }) => arrayBuffer),
        Effect.retry(SECOND_TRY),
        Effect.timeout(REQUEST_LIMIT),
        Effect.tapError((error) => notKept(error._tag === "TimeoutError" ? "no answer in time" : error.message)),
        Effect.orDie,
        Effect.as(over),
        Effect.ensuring(
          Effect.sync(() => {
            underWay -= 1;
          }),
        ),
      );
    }),
  );
}

function notKept(problem: string): Effect.Effect<void> {
  return Effect.logWarning("Traces or logs not exported", { problem });
}
