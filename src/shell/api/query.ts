import { Data, Effect } from "effect";
import { type EntityRef, KINDS, type Outcome } from "../../core/mod.ts";
import { KIND_LIST, kindOf } from "./kind_name.ts";
import { type Place, readPlace } from "./place.ts";

/** A parameter is malformed. Names it and what is allowed, never what was sent. Retrying cannot help. */
export class InvalidQuery extends Data.TaggedError("InvalidQuery")<{
  readonly parameter: string;
  readonly allowed: string;
}> {
  override get message(): string {
    return `Parameter ${this.parameter} must be ${this.allowed}`;
  }
}

/** One page of a list that is newest first. */
export interface PageQuery {
  readonly limit: number;
  /** Undefined: from the newest. */
  readonly before: Place | undefined;
}

/** Undefined filters let all through. */
export interface EventsFilter {
  readonly type: string | undefined;
  readonly entity: { readonly kinds: readonly EntityRef["kind"][]; readonly id: string } | undefined;
  readonly outcome: Outcome | undefined;
}

export interface EventsQuery extends PageQuery, EventsFilter {}

export const LIMIT_MAX = 200;
/** Longest wait that may be asked for. */
export const WAIT_SECONDS_MAX = 30;
const LIMIT_DEFAULT = 50;

/** All outcomes that the log records. */
export const OUTCOMES = ["applied", "stale", "ignored", "foreign", "quarantined"] as const satisfies readonly Outcome[];

/** Reads `limit` and `before`. Unknown parameters are ignored. */
export function readPageQuery(parameters: URLSearchParams): Effect.Effect<PageQuery, InvalidQuery> {
  return readPage(parameters, {
    allowed: "the `next` of another page, or a time such as 2026-01-31T12:00:00Z",
    read: readPlace,
  });
}

/** The same of a list that is in the order of ids: no time is a place in it. */
export function readIdPageQuery(parameters: URLSearchParams): Effect.Effect<PageQuery, InvalidQuery> {
  return readPage(parameters, {
    allowed: "the `next` of another page",
    read: (text) => {
      const place = readPlace(text);
      return place === undefined || place.id === "" ? undefined : place;
    },
  });
}

function readPage(parameters: URLSearchParams, place: Parameter<Place>): Effect.Effect<PageQuery, InvalidQuery> {
  return Effect.gen(function* () {
    const limit = yield* one(parameters, "limit", {
      allowed: `a whole number from 1 to ${LIMIT_MAX}`,
      read: (text) => (/^\d{1,3}$/.test(text) && +text >= 1 && +text <= LIMIT_MAX ? Number(text) : undefined),
    });
    const before = yield* one(parameters, "before", place);
    return { limit: limit ?? LIMIT_DEFAULT, before };
  });
}

/** Reads the filters of events, and the page. */
export function readEventsQuery(parameters: URLSearchParams): Effect.Effect<EventsQuery, InvalidQuery> {
  return Effect.gen(function* () {
    const filter = yield* readEventsFilter(parameters);
    return { ...filter, ...(yield* readPageQuery(parameters)) };
  });
}

/** Reads the filters alone. */
export function readEventsFilter(parameters: URLSearchParams): Effect.Effect<EventsFilter, InvalidQuery> {
  return Effect.gen(function* () {
    const type = yield* one(parameters, "type", {
      allowed: "an event type such as user.created",
      read: (text) => (isName(text) ? text : undefined),
    });
    const entity = yield* one(parameters, "entity", ENTITY);
    const outcome = yield* one(parameters, "outcome", {
      allowed: `one of ${OUTCOMES.join(", ")}`,
      read: (text) => OUTCOMES.find((it) => it === text),
    });
    return { type, entity, outcome };
  });
}

/** True for what can be the name or id of something in the log: all of Clerk's are printable ASCII. */
export function isName(text: string): boolean {
  return /^[\x20-\x7e]{1,256}$/.test(text);
}

/** True for what can be the key of a job, or the name of a policy or target. */
export function isKey(text: string): boolean {
  return /^[\x20-\x7e]{1,1500}$/.test(text);
}

function readEntity(text: string): EventsQuery["entity"] {
  const [, name, id = ""] = /^([^/]+)\/(.*)$/.exec(text) ?? [undefined, undefined, text];
  const kinds = name === undefined ? KINDS : [kindOf(name)].filter((it) => it !== undefined);
  return kinds.length > 0 && isName(id) ? { kinds, id } : undefined;
}

export interface Parameter<T> {
  /** What it must be, for messages. */
  readonly allowed: string;
  /** Undefined: it is malformed. */
  readonly read: (text: string) => T | undefined;
}

/** An entity by its id, of any kind or of one. */
export const ENTITY: Parameter<NonNullable<EventsQuery["entity"]>> = {
  allowed: `an id, or <kind>/<id> with a kind of ${KIND_LIST}`,
  read: readEntity,
};

/** Reads a parameter that may be given once. Undefined: it was not. */
export function one<T>(
  parameters: URLSearchParams,
  name: string,
  { allowed, read }: Parameter<T>,
): Effect.Effect<T | undefined, InvalidQuery> {
  const [text, ...more] = parameters.getAll(name);
  if (text === undefined) return Effect.succeed(undefined);
  const value = more.length === 0 ? read(text) : undefined;
  return value === undefined
    ? Effect.fail(
        new InvalidQuery({ parameter: name, allowed: more.length === 0 ? allowed : `given once: ${allowed}` }),
      )
    : Effect.succeed(value);
}

/** The query of a request. */
export function parametersOf(request: Request): URLSearchParams {
  // Not `new URL`, which throws on what a client may put into Host.
  const [, query = ""] = request.url.split(/\?(.*)/s);
  return new URLSearchParams(query);
}
