import { Duration, Effect, Semaphore } from "effect";
import type { Kind } from "../../core/mod.ts";
import type { Arrivals } from "../arrival/arrivals.ts";
import type { FromClerk } from "../clerk/from_clerk.ts";
import type { Database } from "../database/database.ts";
import { isRetryable } from "../database/database_error.ts";
import { sqlState } from "../database/sql_state.ts";
import type { Replays } from "../replay/replays.ts";
import { type DataReply, dataReply, errorReply, type Reply } from "../reply.ts";
import type { Measured } from "../signals/measured.ts";
import { type Conflict, carryOut, NO_SUCH, type Order } from "./act.ts";
import { readJobsQuery } from "./jobs_query.ts";
import { KIND_LIST, kindOf } from "./kind_name.ts";
import { NotFound, orNotFound } from "./not_found.ts";
import { type InvalidQuery, readEventsQuery, readIdPageQuery, readPageQuery } from "./query.ts";
import { listAudit } from "./read_audit.ts";
import { listDrift } from "./read_drift.ts";
import { listEntities } from "./read_entities.ts";
import type { ReadError } from "./read_error.ts";
import { findEvent, listEvents } from "./read_events.ts";
import { findJob } from "./read_job.ts";
import { listJobs } from "./read_jobs.ts";
import { findSessionActivity } from "./read_session.ts";
import { listBreakers, listPolicies } from "./read_stops.ts";
import { replayEvent } from "./replay_event.ts";
import { search } from "./search.ts";
import { type EntityQuestion, makeShowEntity, NotRead, type ShowError } from "./show_entity.ts";
import { showEntityAt, showHistory } from "./show_history.ts";
import { showSeries, showStats } from "./show_stats.ts";
import { readSeriesQuery } from "./stats_query.ts";

/** What a request asks for, as it was written. */
export type Question =
  | { readonly _tag: "ListEvents"; readonly parameters: URLSearchParams }
  | { readonly _tag: "ShowEvent"; readonly svixId: string }
  | { readonly _tag: "ListEntities"; readonly kind: string; readonly parameters: URLSearchParams }
  | { readonly _tag: "ShowHistory"; readonly kind: string; readonly id: string; readonly parameters: URLSearchParams }
  | { readonly _tag: "ListDrift" }
  | { readonly _tag: "ListAudit"; readonly parameters: URLSearchParams }
  | ({ readonly _tag: "ShowEntity"; readonly kind: string; readonly id: string } & EntityQuestion)
  | { readonly _tag: "ListJobs"; readonly parameters: URLSearchParams }
  | { readonly _tag: "ShowJob"; readonly key: string }
  | { readonly _tag: "ListPolicies" }
  | { readonly _tag: "ListBreakers" }
  | { readonly _tag: "Act"; readonly order: Order }
  | { readonly _tag: "Replay"; readonly svixId: string; readonly parameters: URLSearchParams }
  | { readonly _tag: "CheckSession"; readonly id: string }
  | { readonly _tag: "Search"; readonly text: string }
  | { readonly _tag: "ShowStats" }
  | { readonly _tag: "ShowSeries"; readonly parameters: URLSearchParams };

export type ApiReply = Reply | DataReply;

/** Answers a question. Every expected failure is a reply. */
export type Answer = (question: Question) => Effect.Effect<ApiReply, never, AnswerNeeds>;

/** What answering takes. */
export type AnswerNeeds = Database | Arrivals | FromClerk | Replays | Measured;

/** Questions under way at once: the database's other connections are for the webhooks. */
const QUESTIONS_MAX = 3;
/** Those about sessions have their own: they are asked all the time, and a long list must not hold them up. */
const CHECKS_MAX = 2;
/** So have those that look for one entity, to read through to Clerk or to wait for it. */
const LOOKS_MAX = 2;
/** The wait for one's turn included. Longer than a statement may take, so that the database gives up first. */
const ANSWER_TIMEOUT = Duration.seconds(8);

/** Prepares the answering of questions, of which a few are answered at once. */
export const makeAnswer: Effect.Effect<Answer> = Effect.gen(function* () {
  const turns = yield* Semaphore.make(QUESTIONS_MAX);
  const checks = yield* Semaphore.make(CHECKS_MAX);
  const looks = yield* Semaphore.make(LOOKS_MAX);
  const showEntity = makeShowEntity((look) => inTime(looks.withPermits(1)(look)));
  const find = (question: Question): Effect.Effect<object, Unanswered, AnswerNeeds> => {
    switch (question._tag) {
      case "CheckSession":
        return inTime(checks.withPermits(1)(findAt(question)));
      case "ShowEntity":
        return Effect.flatMap(readKind(question.kind), (kind) => {
          const ref = { kind, id: question.id };
          return question.parameters.has("at")
            ? inTime(turns.withPermits(1)(showEntityAt(ref, question.parameters)))
            : showEntity(ref, question);
        });
      default:
        return inTime(turns.withPermits(1)(findAt(question)));
    }
  };
  return (question) =>
    find(question).pipe(
      Effect.map(dataReply),
      Effect.catchTags({
        InvalidQuery: ({ message }) => Effect.succeed(errorReply("invalid_query", message)),
        NotFound: ({ message }) => Effect.succeed(errorReply("not_found", message)),
        Conflict: ({ message }) => Effect.succeed(errorReply("conflict", message)),
        NotRead: ({ code, message, retryAfterSeconds }) =>
          Effect.succeed(errorReply(code, message, { retryAfterSeconds })),
        ReadError: unavailable,
      }),
    );
});

type Unanswered = ShowError | Conflict;

function inTime<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | NotRead, R> {
  return Effect.timeoutOrElse(effect, {
    duration: ANSWER_TIMEOUT,
    orElse: () => Effect.fail(new NotRead({ code: "unavailable", message: TOO_SLOW })),
  });
}

/** Answers at once, of what is on file. */
function findAt(
  question: Exclude<Question, { readonly _tag: "ShowEntity" }>,
): Effect.Effect<object, InvalidQuery | NotFound | Conflict | ReadError, Database | Replays | Measured> {
  switch (question._tag) {
    case "ListEvents":
      return Effect.flatMap(readEventsQuery(question.parameters), listEvents);
    case "ShowEvent":
      return Effect.flatMap(findEvent(question.svixId), orNotFound("No event has this id: GET /v1/events lists them"));
    case "ListEntities":
      return Effect.flatMap(readKind(question.kind), (kind) =>
        Effect.flatMap(readIdPageQuery(question.parameters), (query) => listEntities(kind, query)),
      );
    case "ShowHistory":
      return Effect.flatMap(readKind(question.kind), (kind) =>
        showHistory({ kind, id: question.id }, question.parameters),
      );
    case "ListDrift":
      return listDrift();
    case "ListAudit":
      return Effect.flatMap(readPageQuery(question.parameters), listAudit);
    case "ListJobs":
      return Effect.flatMap(readJobsQuery(question.parameters), listJobs);
    case "ShowJob":
      return Effect.flatMap(findJob(question.key), orNotFound(NO_SUCH.jobs));
    case "ListPolicies":
      return listPolicies();
    case "ListBreakers":
      return listBreakers();
    case "Act":
      return carryOut(question.order);
    case "Replay":
      return replayEvent(question.svixId, question.parameters);
    case "CheckSession":
      return Effect.flatMap(findSessionActivity(question.id), orNotFound(NO_SESSION));
    case "Search":
      return search(question.text);
    case "ShowStats":
      return showStats();
    case "ShowSeries":
      return Effect.flatMap(readSeriesQuery(question.parameters), showSeries);
    default:
      return question satisfies never;
  }
}

const NO_SESSION = "No session has this id: treat it as not active";

function readKind(name: string): Effect.Effect<Kind, NotFound> {
  const kind = kindOf(name);
  return kind === undefined
    ? Effect.fail(new NotFound({ message: `No such kind: it must be one of ${KIND_LIST}` }))
    : Effect.succeed(kind);
}

const TOO_SLOW = "The database took too long: ask again, or for less, as with limit or entity";
const AWAY = errorReply("unavailable", "The database is away: ask again");

/** What no retry can help is a fault of ours, and becomes a defect. */
function unavailable({ cause }: ReadError): Effect.Effect<Reply> {
  const code = sqlState(cause);
  if (!isRetryable(cause)) return Effect.die(cause);
  if (code === QUERY_CANCELED) return Effect.succeed(errorReply("unavailable", TOO_SLOW));
  return Effect.as(Effect.logWarning("Question not answered", { code: code ?? nameOf(cause) }), AWAY);
}

/** What PostgreSQL says when a statement has taken longer than it may. */
const QUERY_CANCELED = "57014";

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : "unknown";
}
