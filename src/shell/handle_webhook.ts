import type { BodyBudget, BodyLease } from "./body_budget.ts";
import { decodeDelivery } from "./decode/decode_delivery.ts";
import type { Ingest, Taken } from "./ingest.ts";
import { type BodyRead, readBody } from "./read_body.ts";
import { errorReply, outcomeReply, type Reply } from "./reply.ts";
import { checkTimestamp, readSignatureHeaders, type SignatureHeaders, type Verify } from "./signature.ts";
import type { Tracing } from "./telemetry/tracing.ts";

export interface HandleWebhookOptions {
  readonly verify: Verify;
  readonly maxBodyBytes: number;
  /** Longest time that one body may take to come. */
  readonly bodyTimeLimitMs: number;
  /** Of all requests together. */
  readonly bodies: BodyBudget;
  readonly take: Ingest["Service"]["take"];
  readonly tracing: Tracing | null;
  /** Null where such lines are not logged: they are not made then. */
  readonly debug: ((message: string, fields: Readonly<Record<string, unknown>>) => void) | null;
}

/**
 * One delivery from bytes to reply: headers, size, signature over the raw bytes, and only then its content. Answers
 * 2xx after the message is on disk; nothing unsigned is ever stored. Every expected failure becomes a status here.
 *
 * It is a promise and no effect, since a fiber a message is a fifth of what a message costs.
 */
export async function handleWebhook(request: Request, options: HandleWebhookOptions): Promise<Reply> {
  const receivedAtMs = Date.now();
  const receivedAt = options.tracing?.now() ?? 0n;
  const headers = readSignatureHeaders(request.headers);
  if ("code" in headers) return errorReply(headers.code, headers.message);
  const fault = checkTimestamp(headers, receivedAtMs);
  if (fault !== null) return errorReply(fault.code, fault.message);
  const lease = options.bodies.lease();
  try {
    return await handleBody(request, { ...options, lease, headers, receivedAtMs, receivedAt });
  } finally {
    lease.release();
  }
}

interface HandleBodyOptions extends HandleWebhookOptions {
  readonly lease: BodyLease;
  readonly headers: SignatureHeaders;
  readonly receivedAtMs: number;
  readonly receivedAt: bigint;
}

async function handleBody(request: Request, options: HandleBodyOptions): Promise<Reply> {
  const { verify, maxBodyBytes, bodyTimeLimitMs, lease, headers, receivedAtMs, receivedAt, tracing, debug } = options;
  const limits = { bytesMax: maxBodyBytes, timeLimitMs: bodyTimeLimitMs, lease };
  const read = await readBody(request, limits);
  if (read._tag === "Broken") debug?.("Body broke off", { svixId: headers.id, cause: read.cause });
  if (read._tag !== "Whole") return refuse(read, limits);
  const readAt = tracing?.now() ?? 0n;
  const fault = verify(headers, read.bytes);
  if (fault !== null) return errorReply(fault.code, fault.message);
  const verifiedAt = tracing?.now() ?? 0n;
  const message = decodeDelivery({ svixId: headers.id, body: read.bytes, receivedAtMs });
  const traceparent = tracing === null ? null : request.headers.get("traceparent");
  const trace = tracing?.delivery(message, { traceparent, receivedAt, readAt, verifiedAt }) ?? null;
  const taken = await options.take(message, trace);
  const reply = replyOf(headers.id, taken);
  if (!("error" in reply.body)) {
    debug?.("Message recorded", { svixId: headers.id, type: message.type, outcome: taken });
  }
  trace?.end(reply);
  return reply;
}

function replyOf(svixId: string, taken: Taken): Reply {
  switch (taken) {
    case "overloaded":
      return errorReply("overloaded", "The queue is full: the message was not taken, send it again");
    case "stopping":
    case "database":
    case "timeout":
      return errorReply("unavailable", UNAVAILABLE[taken]);
    default:
      return outcomeReply(svixId, taken);
  }
}

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
