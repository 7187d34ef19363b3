import type { Answer } from "./store/event_store.ts";

/** Why a delivery was not taken or a question not answered, as the sender is told. Outside checks rely on these. */
export type ErrorCode =
  | "missing_headers"
  | "invalid_headers"
  | "invalid_signature"
  | "timestamp_out_of_range"
  | "body_too_large"
  | "body_timeout"
  | "body_incomplete"
  | "method_not_allowed"
  | "invalid_query"
  | "unauthorized"
  | "loopback_only"
  | "foreign_origin"
  | "not_found"
  | "conflict"
  | "overloaded"
  | "unavailable"
  | "clerk_unavailable"
  | "clerk_limited"
  | "clerk_refused"
  | "no_clerk_key"
  | "internal";

/** What a delivery is answered: the outcome, or an error whose message says what to do. */
export interface Reply {
  readonly status: 200 | 202 | 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 500 | 501 | 502 | 503;
  readonly body:
    | { readonly id: string; readonly outcome: Answer }
    | { readonly error: { readonly code: ErrorCode; readonly message: string } };
  /** With 503, and where a retry may help with 502: when to come again. */
  readonly retryAfterSeconds?: number;
}

/** What a question is answered. */
export interface DataReply {
  readonly status: 200;
  readonly body: object;
}

const STATUSES: { readonly [C in ErrorCode]: Exclude<Reply["status"], 200 | 202> } = {
  missing_headers: 400,
  invalid_headers: 400,
  invalid_signature: 401,
  timestamp_out_of_range: 401,
  invalid_query: 400,
  unauthorized: 401,
  loopback_only: 403,
  foreign_origin: 403,
  not_found: 404,
  conflict: 409,
  method_not_allowed: 405,
  body_timeout: 408,
  body_incomplete: 400,
  body_too_large: 413,
  internal: 500,
  overloaded: 503,
  unavailable: 503,
  clerk_unavailable: 502,
  clerk_limited: 503,
  clerk_refused: 502,
  no_clerk_key: 501,
};

const RETRY_AFTER_SECONDS = 5;

/** The reply to a message on disk. 202 says: kept, but not understood. */
export function outcomeReply(id: string, outcome: Answer): Reply {
  return { status: outcome === "quarantined" ? 202 : 200, body: { id, outcome } };
}

/** The reply to a question. */
export function dataReply(body: object): DataReply {
  return { status: 200, body };
}

export interface ErrorReplyOptions {
  /** When to come again. @default 5 with 503, else nothing is said of it */
  readonly retryAfterSeconds?: number | undefined;
}

/** The reply to a message that was not taken, or to a question that is not answered. */
export function errorReply(code: ErrorCode, message: string, options: ErrorReplyOptions = {}): Reply {
  const status = STATUSES[code];
  const body = { error: { code, message } };
  const { retryAfterSeconds = status === 503 ? RETRY_AFTER_SECONDS : undefined } = options;
  return retryAfterSeconds === undefined ? { status, body } : { status, body, retryAfterSeconds };
}

/** The reply as HTTP. None may be kept by a cache: all are of the moment, and many hold personal data. */
export function toResponse(reply: Reply | DataReply): Response {
  const { status, body } = reply;
  const headers = new Headers({ "cache-control": "no-store" });
  if ("retryAfterSeconds" in reply) headers.set("retry-after", String(reply.retryAfterSeconds));
  if (status === 405) headers.set("allow", "POST");
  // The rest of the body may still come: it is not the next request.
  if (status === 408) headers.set("connection", "close");
  return Response.json(body, { status, headers });
}
