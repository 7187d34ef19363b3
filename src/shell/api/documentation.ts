import { type TSchema, Type } from "@sinclair/typebox";
import { ASKABLE_KINDS } from "../clerk/fetch_entity.ts";
import { REPLAY_MODES } from "../replay/replay.ts";
import { KIND_LIST } from "./kind_name.ts";
import { LIMIT_MAX, OUTCOMES, WAIT_SECONDS_MAX } from "./query.ts";

/** How the API is entered. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: "http" as const,
    scheme: "bearer",
    description: "DOCKET_ADMIN_TOKEN. Without one, only this machine itself is answered.",
  },
};

/** What all routes of the API have in common. */
export const COMMON = { tags: ["api"], security: [{ bearer: [] }] };

/** The parameters of a list. */
export const PAGE = {
  limit: described("How many", { type: "integer", minimum: 1, maximum: LIMIT_MAX, default: 50 }),
  before: described("The `next` of the page before, or an ISO time such as 2026-01-31T12:00:00Z"),
};

// Nothing in an address is no string, so this check passes always.
export const KIND = Type.String({ description: `${KIND_LIST}; or as a table is named, or as event types write it` });

/** The parameters that choose events. */
export const EVENTS_FILTER = {
  type: described("An event type, such as user.created"),
  entity: described("<kind>/<id>, or an id"),
  outcome: described("What came of it", { enum: OUTCOMES }),
};

/** What refuses a question, with its status: each has its code and a message that says what to do. */
export interface Refusals {
  readonly 400?: string;
  readonly 404?: string;
  readonly 409?: string;
}

const CODES = { 400: "invalid_query", 404: "not_found", 409: "conflict" } as const;
const TITLES = { 400: "A parameter is wrong", 404: "There is no such thing", 409: "It makes no sense now" } as const;

/** What every route of the API may answer. */
export const REFUSED = {
  401: example("The token is missing or wrong", error("unauthorized", "Send the header Authorization: Bearer <token>")),
  403: example(
    "Without a token: not this machine itself (loopback_only), or a page of another site (foreign_origin)",
    error("loopback_only", "Without DOCKET_ADMIN_TOKEN only this machine itself is answered"),
  ),
  503: example(
    "With Retry-After: the database is away or slow, or the service stops",
    error("unavailable", "The database is away: ask again"),
  ),
};

/** The answers of a route: what it gives, and what it refuses with. */
export function answered(
  description: string,
  body: object,
  refusals: Refusals = {},
): Readonly<Record<number, Example>> {
  const refused = ([400, 404, 409] as const).flatMap((status) => {
    const message = refusals[status];
    return message === undefined ? [] : [[status, example(TITLES[status], error(CODES[status], message))] as const];
  });
  return { 200: example(description, body), ...Object.fromEntries(refused), ...REFUSED };
}

export const BAD_LIMIT = `Parameter limit must be a whole number from 1 to ${LIMIT_MAX}`;

/** A message as lists of the log show it. */
export const EVENT_EXAMPLE = {
  svixId: "msg_1",
  type: "user.updated",
  instanceId: "ins_1",
  entityKind: "user",
  entityId: "user_1",
  asOfMs: 1763892000000,
  timestampMs: 1763892000120,
  source: "webhook",
  receivedAt: "2025-11-23T10:00:00.480Z",
  filedAt: "2025-11-23T10:00:00.490Z",
  outcome: "applied",
  fault: null,
  deliveries: 1,
  differing: 0,
  erased: false,
};

const EVENT_WHOLE_EXAMPLE = { ...EVENT_EXAMPLE, payload: { type: "user.updated", data: { id: "user_1" } } };
const NO_EVENT = "No event has this id: GET /v1/events lists them";

export const LIST_EVENTS = {
  query: Type.Object({ ...EVENTS_FILTER, ...PAGE }),
  detail: {
    ...COMMON,
    summary: "The log of messages, newest first",
    description: "Answers `{ items, next }`, without payloads; `next` is null on the last page.",
    responses: answered("A page of the log", { items: [EVENT_EXAMPLE], next: null }, { 400: BAD_LIMIT }),
  },
};

export const SHOW_EVENT = {
  params: Type.Object({ svixId: Type.String({ description: "The id of the message, from its header svix-id" }) }),
  detail: {
    ...COMMON,
    summary: "One message with its payload (null: dropped with age), and why it was quarantined if it was",
    responses: answered("The message", EVENT_WHOLE_EXAMPLE, { 404: NO_EVENT }),
  },
};

export const REPLAY_EVENT = {
  params: SHOW_EVENT.params,
  query: Type.Object({
    mode: described(
      "missing: plan the jobs that should exist by the log and don't; state: make the tables what the log says, and plan no job; forced: run the message's jobs again although they are done",
      { enum: REPLAY_MODES, default: "missing" },
    ),
    dry: described("Say what would come of it, and change nothing", { type: "boolean", default: false }),
  }),
  parse: "none" as const,
  detail: {
    ...COMMON,
    summary: "Run a message again",
    description:
      "One that was set aside (quarantined, foreign, ignored) is decoded anew and, if it is understood by now, takes its place as if it had been understood when it came. Answers `{ changed, mode, dry, outcome, jobs, repaired, event }`. Safe to repeat, but for `forced`.",
    responses: answered(
      "What came of it",
      {
        changed: true,
        mode: "missing",
        dry: false,
        outcome: "applied",
        jobs: { planned: ["welcome/user/user_1"], restored: [], again: [], left: [] },
        repaired: [],
        event: EVENT_WHOLE_EXAMPLE,
      },
      { 400: `Parameter mode must be one of ${REPLAY_MODES.join(", ")}`, 404: NO_EVENT },
    ),
  },
};

export const ENTITY_EXAMPLE = {
  kind: "user",
  id: "user_1",
  state: "live",
  deletedAt: null,
  version: 1763892000000,
  data: { id: "user_1", primary_email_address: "ada@example.com", created_at: "2025-11-23T10:00:00.000Z" },
};

export const LIST_ENTITIES = {
  params: Type.Object({ kind: KIND }),
  query: Type.Object({ ...PAGE, before: described("The `next` of the page before") }),
  detail: {
    ...COMMON,
    summary: "The rows of a kind, the newest first by their ids, deleted ones too",
    description: "Answers `{ items, next }`, without the payloads; `next` is null on the last page.",
    responses: answered(
      "A page of rows",
      { items: [ENTITY_EXAMPLE], next: null },
      { 400: BAD_LIMIT, 404: `No such kind: it must be one of ${KIND_LIST}` },
    ),
  },
};

export const SHOW_ENTITY = {
  params: Type.Object({ kind: KIND, id: Type.String({ description: "Clerk's id" }) }),
  query: Type.Object({
    fetch: described(
      `From Clerk if it is not on file, through the same reducers: for ${ASKABLE_KINDS.join(", ")}. Needs CLERK_SECRET_KEY`,
      { enum: ["true", "false"], default: "false", example: "true" },
    ),
    at: described(
      "As it was at this time, by what is on file now; without wait and fetch. Adds `at`, `svixId` (the message that made it so), `payload` (kept, erased or dropped) and `ending` (the deletion, if it was deleted by then)",
      { format: "date-time", example: "2026-01-31T12:00:00Z" },
    ),
    wait: described("Seconds to wait until it is on file; after fetch, if both are given", {
      type: "number",
      exclusiveMinimum: 0,
      maximum: WAIT_SECONDS_MAX,
      example: 5,
    }),
  }),
  detail: {
    ...COMMON,
    summary: "The row of an entity, deleted or not; from Clerk, or when it comes, if it is missing",
    description:
      "Answers `{ kind, id, state, deletedAt, version, data }`: `data` is the row by column. A deleted entity is answered as it is and never fetched again. Read after sign-up: `?fetch=true` answers though the webhook has not come, and the welcome is still sent once, when it does.",
    responses: {
      ...REFUSED,
      200: example("The row", ENTITY_EXAMPLE),
      400: example(
        "A parameter is wrong, or Clerk can't be asked for this kind",
        error("invalid_query", "Parameter wait must be a number of seconds above 0 and up to 30, such as 5 or 0.5"),
      ),
      404: example(
        "It is not on file (in time); with fetch, nor at Clerk",
        error("not_found", "Clerk has no user of this id, and none is on file"),
      ),
      501: example("There is no key to ask Clerk with", error("no_clerk_key", "CLERK_SECRET_KEY is not set")),
      502: example(
        "Clerk failed (clerk_unavailable, with Retry-After) or refused (clerk_refused)",
        error("clerk_unavailable", "Clerk answered 500 internal_clerk_error"),
      ),
      503: example(
        "With Retry-After: Clerk asked to wait (clerk_limited), too many wait (overloaded), or the service stops or its database is away (unavailable)",
        error("clerk_limited", "Clerk asked to wait: ask again then"),
      ),
    },
  },
};

/**
 * A parameter of the query that OpenAPI describes and Elysia does not check: it would answer 422 and repeat what was sent. Ours are
 * checked where they are read.
 */
export function described(description: string, schema: Readonly<Record<string, unknown>> = {}): TSchema {
  return Type.Optional(Type.Any({ type: "string", ...schema, description }));
}

/** A refusal as it is answered. */
export function error(code: string, message: string): object {
  return { error: { code, message } };
}

interface Example {
  readonly description: string;
  readonly content: { readonly "application/json": { readonly example: object } };
}

/** An answer as OpenAPI describes it. */
export function example(description: string, body: object): Example {
  return { description, content: { "application/json": { example: body } } };
}
