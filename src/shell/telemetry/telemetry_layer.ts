import { Clock, ConfigProvider, type Context, Effect, Layer, Logger, Redacted, References, type Tracer } from "effect";
import * as FetchHttpClient from "effect/http/FetchHttpClient";
import * as HttpClient from "effect/http/HttpClient";
import * as OtlpExporter from "effect/observability/OtlpExporter";
import * as OtlpLogger from "effect/observability/OtlpLogger";
import * as OtlpSerialization from "effect/observability/OtlpSerialization";
import * as OtlpTracer from "effect/observability/OtlpTracer";
import { logLineOf } from "../log_line.ts";
import { boundedClient } from "./bounded_client.ts";
import type { TelemetrySettings } from "./telemetry_settings.ts";
import { CurrentTracing, makeTracing } from "./tracing.ts";

export interface TelemetryOptions extends TelemetrySettings {
  readonly role: string;
}

/** For the last spans and lines, at the end: of each of the two. */
const LAST_WORD = "1 second";
/** Spans, or lines, in one request. */
const BATCH_MAX = 1_000;

/**
 * Sends traces and logs by OTLP over HTTP as JSON, in batches, beside the service: no request waits for it. What can't be
 * sent is dropped.
 */
export function telemetryLayer(options: TelemetryOptions): Layer.Layer<never> {
  const { endpoint, headers, serviceName, role, sampled } = options;
  const shared = {
    resource: { serviceName, attributes: { "service.instance.id": crypto.randomUUID(), "docket.role": role } },
    headers: Redacted.value(headers),
    maxBatchSize: BATCH_MAX,
    exportInterval: "1 second",
    shutdownTimeout: LAST_WORD,
  } as const;
  const traces = Layer.effect(
    CurrentTracing,
    Effect.gen(function* () {
      const tracer = yield* OtlpTracer.make({ ...shared, url: `${endpoint}/v1/traces` });
      const clock = yield* Effect.service(Clock.Clock);
      return makeTracing({ tracer, now: () => clock.currentTimeNanosUnsafe(), sampled });
    }),
  );
  const logs = Logger.layer(
    [Effect.map(OtlpLogger.make({ ...shared, url: `${endpoint}/v1/logs`, excludeLogSpans: true }), withFields)],
    { mergeWithExisting: true },
  );
  const client = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, boundedClient));
  return Layer.mergeAll(traces, logs).pipe(
    Layer.provide(OtlpExporter.layerFlusher),
    Layer.provide(OtlpSerialization.layerJson),
    Layer.provide(Layer.provide(client, FetchHttpClient.layer)),
    // A vendor's key goes nowhere else.
    Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error" })),
    // What the process was told is in the settings, checked.
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({}))),
  );
}

/** Effect's exporter takes annotations for a record's attributes, and the fiber's span for its trace. */
function withFields(exporter: Logger.Logger<unknown, void>): Logger.Logger<unknown, void> {
  return Logger.make((options) => {
    const { fiber } = options;
    const { text, fields, trace } = logLineOf(options);
    const getRef = <A>(ref: Context.Reference<A>): A =>
      ref === (References.CurrentLogAnnotations as unknown) ? (fields as A) : fiber.getRef(ref);
    const cache = { ...fiber.cache, span: trace as Tracer.AnySpan | undefined };
    exporter.log({ ...options, message: text, fiber: { ...fiber, id: fiber.id, getRef, cache } as typeof fiber });
  });
}
