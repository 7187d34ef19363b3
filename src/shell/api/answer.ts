import { Data, Duration, Effect, Semaphore } from "effect";
import type { Kind } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import { isRetryable } from "../database/database_error.ts";
import { sqlState } from "../database/sql_state.ts";
import { type DataReply, dataReply, errorReply, type Reply } from "../reply.ts";
import { KIND_LIST, kindOf } from "./kind_name.ts";
import { type InvalidQuery, readEventsQuery, readPageQuery } from "./query.ts";
import { findEntity, listEntities } from "./read_entities.ts";
import type { ReadError } from "./read_error.ts";
import { findEvent, listEvents } from "./read_events.ts";

/** What a request asks for, as it was written. */
export type Question =
  | { readonly _tag: "ListEvents"; readonly parameters: URLSearchParams }
  | { readonly _tag: "ShowEvent"; readonly svixId: string }
  | { readonly _tag: "ListEntities"; readonly kind: string; readonly parameters: URLSearchParams }
  | { readonly _tag: "ShowEntity"; readonly kind: string; readonly id: string };

export type ApiReply = Reply | DataReply;

/** Answers a question. Every expected failure is a reply; nothing is written. */
export type Answer = (question: Question) => Effect.Effect<ApiReply, never, Database>;

/** There is no such thing. */
class NotFound extends Data.TaggedError("NotFound")<{ readonly message: string }> {}

/** Reads under way at once: the database's other connections are for the webhooks. */
const READS_MAX = 4;
/** The wait for one's turn included. Longer than a statement may take, so that the database gives up first. */
const READ_TIMEOUT = Duration.seconds(8);

/** Prepares the answering of questions, of which a few are answered at once. */
export const makeAnswer: Effect.Effect<Answer> = Effect.map(
  Semaphore.make(READS_MAX),
  (turns): Answer =>
    (question) =>
      find(question).pipe(
        turns.withPermits(1),
        Effect.map(dataReply),
        Effect.timeoutOrElse({ duration: READ_TIMEOUT, orElse: () => Effect.succeed(TOO_SLOW) }),
        Effect.catchTags({
          InvalidQuery: ({ message }) => Effect.succeed(errorReply("invalid_query", message)),
          NotFound: ({ message }) => Effect.succeed(errorReply("not_found", message)),
          ReadError: unavailable,
        }),
      ),
);

function find(question: Question): Effect.Effect<object, InvalidQuery | NotFound | ReadError, Database> {
  switch (question._tag) {
    case "ListEvents":
      return Effect.flatMap(readEventsQuery(question.parameters), listEvents);
    case "ShowEvent":
      return Effect.flatMap(findEvent(question.svixId), orNotFound("No event has this id: GET /v1/events lists them"));
    case "ListEntities":
      return Effect.flatMap(readKind(question.kind), (kind) =>
        Effect.flatMap(readPageQuery(question.parameters), (query) => listEntities(kind, query)),
      );
    case "ShowEntity":
      return Effect.flatMap(readKind(question.kind), (kind) =>
        Effect.flatMap(
          findEntity({ kind, id: question.id }),
          orNotFound(`No ${kind} has this id: GET /v1/entities/${kind} lists them, deleted ones too`),
        ),
      );
    default:
      return question satisfies never;
  }
}

function readKind(name: string): Effect.Effect<Kind, NotFound> {
  const kind = kindOf(name);
  return kind === undefined
    ? Effect.fail(new NotFound({ message: `No such kind: it must be one of ${KIND_LIST}` }))
    : Effect.succeed(kind);
}

function orNotFound<T extends object>(message: string): (found: T | null) => Effect.Effect<T, NotFound> {
  return (found) => (found === null ? Effect.fail(new NotFound({ message })) : Effect.succeed(found));
}

const TOO_SLOW = errorReply(
  "unavailable",
  "The database took too long: ask again, or for less, as with limit or entity",
);
const AWAY = errorReply("unavailable", "The database is away: ask again");

/** What no retry can help is a fault of ours, and becomes a defect. */
function unavailable({ cause }: ReadError): Effect.Effect<Reply> {
  const code = sqlState(cause);
  if (!isRetryable(cause)) return Effect.die(cause);
  if (code === QUERY_CANCELED) return Effect.succeed(TOO_SLOW);
  return Effect.as(Effect.logWarning("Read failed", { code: code ?? nameOf(cause) }), AWAY);
}

/** What PostgreSQL says when a statement has taken longer than it may. */
const QUERY_CANCELED = "57014";

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : "unknown";
}
