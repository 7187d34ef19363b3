import { type TSchema, Type } from "@sinclair/typebox";
import { KIND_LIST } from "./kind_name.ts";
import { LIMIT_MAX, OUTCOMES } from "./query.ts";

/** How the API is entered. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: "http" as const,
    scheme: "bearer",
    description: "DOCKET_ADMIN_TOKEN. Without one, only this machine itself is answered.",
  },
};

const COMMON = { tags: ["api"], security: [{ bearer: [] }] };

const PAGE = {
  limit: described("How many", { type: "integer", minimum: 1, maximum: LIMIT_MAX, default: 50 }),
  before: described("The `next` of the page before, or an ISO time such as 2026-01-31T12:00:00Z"),
};

// Nothing in an address is no string, so this check passes always.
const KIND = Type.String({ description: `${KIND_LIST}; or as a table is named, or as event types write it` });

export const LIST_EVENTS = {
  query: Type.Object({
    type: described("An event type, such as user.created"),
    entity: described("<kind>/<id>, or an id"),
    outcome: described("What came of it", { enum: OUTCOMES }),
    ...PAGE,
  }),
  detail: {
    ...COMMON,
    summary: "The log of messages, newest first",
    description: "Answers `{ items, next }`, without payloads; `next` is null on the last page.",
  },
};

export const SHOW_EVENT = {
  params: Type.Object({ svixId: Type.String({ description: "The id of the message, from its header svix-id" }) }),
  detail: { ...COMMON, summary: "One message with its payload, and why it was quarantined if it was" },
};

export const LIST_ENTITIES = {
  params: Type.Object({ kind: KIND }),
  query: Type.Object(PAGE),
  detail: {
    ...COMMON,
    summary: "The rows of a kind, the last updated first, deleted ones too",
    description: "Answers `{ items, next }`, without the payloads; `next` is null on the last page.",
  },
};

export const SHOW_ENTITY = {
  params: Type.Object({ kind: KIND, id: Type.String({ description: "Clerk's id" }) }),
  detail: {
    ...COMMON,
    summary: "The row of an entity, deleted or not",
    description: "Answers `{ kind, id, state, deletedAt, version, data }`: `data` is the row by column.",
  },
};

/**
 * A parameter of the query that OpenAPI describes and Elysia does not check: it would answer 422 and repeat what was sent. Ours are
 * checked where they are read.
 */
function described(description: string, schema: Readonly<Record<string, unknown>> = {}): TSchema {
  return Type.Optional(Type.Any({ type: "string", ...schema, description }));
}
