import { error, example } from "./api/documentation.ts";

const OUTCOME = { id: "msg_1", outcome: "applied" };

/** What Clerk's webhook may be answered. */
export const WEBHOOK_RESPONSES = {
  200: example("It is on disk: applied, stale, duplicate, ignored or foreign", OUTCOME),
  202: example("Signed, but not understood: kept as it came", { ...OUTCOME, outcome: "quarantined" }),
  400: example(
    "A header is missing or malformed, or the body broke off",
    error("missing_headers", "Send svix-id, svix-timestamp and svix-signature"),
  ),
  401: example(
    "No signature matches (invalid_signature), or the timestamp is over 5 minutes away (timestamp_out_of_range)",
    error("invalid_signature", "No signature matches: compare CLERK_WEBHOOK_SIGNING_SECRET with the endpoint's"),
  ),
  405: example("Not sent with POST", error("method_not_allowed", "Send webhooks with POST")),
  408: example("The body took too long", error("body_timeout", "The body took over 10000 ms: send the message again")),
  413: example(
    "The body is too large",
    error("body_too_large", "The body is over 1048576 bytes: raise DOCKET_MAX_BODY_BYTES to take it"),
  ),
  503: example(
    "With Retry-After: too much comes at once (overloaded), or the database is away or the service stops (unavailable)",
    error("unavailable", "The database is away: send the message again"),
  ),
};

export const HEALTH_RESPONSES = { 200: example("It is", { status: "ok" }) };

export const READY_RESPONSES = {
  200: example("It is", { status: "ready" }),
  503: example("It is not", error("unavailable", "Not ready: the database does not answer")),
};

export const METRICS_RESPONSES = {
  200: {
    description: "The numbers, also while the database is away",
    content: { "text/plain": { example: "# TYPE docket_database_up gauge\ndocket_database_up 1\n" } },
  },
};
