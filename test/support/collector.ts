import { type Receiver, startReceiver } from "./receiver.ts";

/** A span as a collector gets it, its attributes by name. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[];
  /** 1: well, 2: not. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of the process that sent it. */
  readonly role: string;
}

export interface CollectedLine {
  readonly text: string;
  readonly traceId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly role: string;
}

/** An OTLP collector over HTTP and JSON. */
export interface Collector extends AsyncDisposable {
  readonly receiver: Receiver;
  spans(): readonly CollectedSpan[];
  lines(): readonly CollectedLine[];
  /** Every byte that it was sent, headers too. */
  bytes(): string;
}

export function startCollector(): Collector {
  const receiver = startReceiver();
  const bodies = (path: string): readonly Json[] =>
    receiver.requests.filter((it) => it.path === path).map(({ json }) => json as Json);
  return {
    receiver,
    spans: () => bodies("/v1/traces").flatMap(spansOf),
    lines: () => bodies("/v1/logs").flatMap(linesOf),
    bytes: () => JSON.stringify(receiver.requests),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is looked at by the tests alone.
type Json = any;

function spansOf(body: Json): readonly CollectedSpan[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }: Json) =>
    scopeSpans.flatMap(({ spans }: Json) =>
      spans.map((span: Json) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? "",
        status: span.status.code,
        attributes: byName(span.attributes),
        role: byName(resource.attributes)["docket.role"],
      })),
    ),
  );
}

function linesOf(body: Json): readonly CollectedLine[] {
  return body.resourceLogs.flatMap(({ resource, scopeLogs }: Json) =>
    scopeLogs.flatMap(({ logRecords }: Json) =>
      logRecords.map((record: Json) => ({
        text: record.body.stringValue,
        traceId: record.traceId,
        attributes: byName(record.attributes),
        role: byName(resource.attributes)["docket.role"],
      })),
    ),
  );
}

function byName(attributes: readonly Json[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
