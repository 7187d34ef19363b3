import { Clock, Effect } from "effect";
import type { BodyBudget, BodyLease } from "./body_budget.ts";
import { decodeDelivery } from "./decode/decode_delivery.ts";
import { Ingest } from "./ingest.ts";
import { type BodyRead, readBody } from "./read_body.ts";
import { errorReply, outcomeReply, type Reply } from "./reply.ts";
import { checkTimestamp, readSignatureHeaders, type SignatureHeaders, type Verify } from "./signature.ts";
import { CurrentTracing, type Tracing } from "./telemetry/tracing.ts";

export interface HandleWebhookOptions {
  readonly verify: Verify;
  readonly maxBodyBytes: number;
  /** Longest time that one body may take to come. */
  readonly bodyTimeLimitMs: number;
  /** Of all requests together. */
  readonly bodies: BodyBudget;
}

/**
 * One delivery from bytes to reply: headers, size, signature over the raw bytes, and only then its content. Answers
 * 2xx after the message is on disk; nothing unsigned is ever stored. Every expected failure becomes a status here.
 */
export const handleWebhook = Effect.fnUntraced(function* (
  request: Request,
  options: HandleWebhookOptions,
): Effect.fn.Return<Reply, never, Ingest> {
  const receivedAtMs = yield* Clock.currentTimeMillis;
  const tracing = yield* CurrentTracing;
  const receivedAt = tracing?.now() ?? 0n;
  const headers = readSignatureHeaders(request.headers);
  if ("code" in headers) return errorReply(headers.code, headers.message);
  const fault = checkTimestamp(headers, receivedAtMs);
  if (fault !== null) return errorReply(fault.code, fault.message);
  return yield* Effect.acquireUseRelease(
    Effect.sync(() => options.bodies.lease()),
    (lease) => handleBody(request, { ...options, lease, headers, receivedAtMs, tracing, receivedAt }),
    (lease) => Effect.sync(lease.release),
  );
});

interface HandleBodyOptions extends HandleWebhookOptions {
  readonly lease: BodyLease;
  readonly headers: SignatureHeaders;
  readonly receivedAtMs: number;
  readonly tracing: Tracing | null;
  readonly receivedAt: bigint;
}

const handleBody = Effect.fnUntraced(function* (
  request: Request,
  { verify, maxBodyBytes, bodyTimeLimitMs, lease, headers, receivedAtMs, tracing, receivedAt }: HandleBodyOptions,
): Effect.fn.Return<Reply, never, Ingest> {
  const ingest = yield* Ingest;
  const limits = { bytesMax: maxBodyBytes, timeLimitMs: bodyTimeLimitMs, lease };
  const read = yield* Effect.promise(() => readBody(request, limits));
  if (read._tag === "Broken") yield* Effect.logDebug("Body broke off", { svixId: headers.id, cause: read.cause });
  if (read._tag !== "Whole") return refuse(read, limits);
  const readAt = tracing?.now() ?? 0n;
  const fault = verify(headers, read.bytes);
  if (fault !== null) return errorReply(fault.code, fault.message);
  const verifiedAt = tracing?.now() ?? 0n;
  const message = decodeDelivery({ svixId: headers.id, body: read.bytes, receivedAtMs });
  const traceparent = request.headers.get("traceparent");
  const trace = tracing?.delivery(message, { traceparent, receivedAt, readAt, verifiedAt }) ?? null;
  return yield* ingest.submit(message, trace).pipe(
    Effect.tap((outcome) => Effect.logDebug("Message recorded", { svixId: headers.id, type: message.type, outcome })),
    Effect.map((outcome) => outcomeReply(headers.id, outcome)),
    Effect.catchTags({
      Overloaded: () =>
        Effect.succeed(errorReply("overloaded", "The queue is full: the message was not taken, send it again")),
      Unavailable: ({ reason }) => Effect.succeed(errorReply("unavailable", UNAVAILABLE[reason])),
    }),
    Effect.tap((reply) => Effect.sync(() => trace?.end(reply))),
  );
});

interface Limits {
  readonly bytesMax: number;
  readonly timeLimitMs: number;
}

function refuse(read: Exclude<BodyRead, { readonly _tag: "Whole" }>, { bytesMax, timeLimitMs }: Limits): Reply {
  switch (read._tag) {
    case "TooLarge":
      return errorReply("body_too_large", `The body is over ${bytesMax} bytes: raise DOCKET_MAX_BODY_BYTES to take it`);
    case "NoRoom":
      return errorReply("overloaded", "Too many bodies come at once: the message was not taken, send it again");
    case "TooSlow":
      return errorReply("body_timeout", `The body took over ${timeLimitMs} ms: send the message again`);
    case "Broken":
      return errorReply("body_incomplete", "The body broke off: send the message again");
    default:
      return read satisfies never;
  }
}

const UNAVAILABLE = {
  stopping: "The service is stopping: send the message again",
  database: "The database is away: send the message again",
  timeout: "The message was not seen on disk in time: send it again",
} as const;
