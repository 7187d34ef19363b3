import { Data, Effect } from "effect";
import type { EntityRef } from "../../core/mod.ts";
import { Arrivals } from "../arrival/arrivals.ts";
import { NO_KEY } from "../clerk/clerk_api.ts";
import type { ClerkFailure } from "../clerk/clerk_failure.ts";
import { isClerkId } from "../clerk/clerk_id.ts";
import { ASKABLE_KINDS, type AskableRef, isAskable } from "../clerk/fetch_entity.ts";
import { FromClerk, type Taken } from "../clerk/from_clerk.ts";
import type { Database } from "../database/database.ts";
import type { Overloaded, Unavailable } from "../ingest.ts";
import type { ErrorCode } from "../reply.ts";
import { NotFound } from "./not_found.ts";
import { InvalidQuery, one, WAIT_SECONDS_MAX } from "./query.ts";
import { type EntityItem, findEntity } from "./read_entities.ts";
import type { ReadError } from "./read_error.ts";

/** An entity as it was asked for. */
export interface EntityQuestion {
  /** `fetch` and `wait`; others are ignored. */
  readonly parameters: URLSearchParams;
  /** Ends the wait: whoever asked has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** It could not be found out. The message says why, and what to do. */
export class NotRead extends Data.TaggedError("NotRead")<{
  readonly code: ErrorCode;
  readonly message: string;
  /** Absent: a retry can't help, or may come at any time. */
  readonly retryAfterSeconds?: number | undefined;
}> {}

export type ShowError = InvalidQuery | NotFound | NotRead | ReadError;

/** Callers at once who have Clerk asked, each for its own entity or for the same. */
const FETCHERS_MAX = 200;
/** Longest time that a caller waits for Clerk. What Clerk then still answers is taken in. */
const FETCH_LIMIT_MS = 10_000;
const RETRY_SECONDS = 5;

/** Runs one look-up when it is its turn. */
export type InTurn = <A, R>(look: Effect.Effect<A, ReadError, R>) => Effect.Effect<A, ReadError | NotRead, R>;

/** Answers an entity's row: from the database, else from Clerk (`fetch=true`), else when it comes (`wait=<seconds>`). */
export type ShowEntity = (
  ref: EntityRef,
  question: EntityQuestion,
) => Effect.Effect<EntityItem, ShowError, Database | Arrivals | FromClerk>;

/** Prepares it. Neither Clerk nor a wait takes a turn. */
export function makeShowEntity(inTurn: InTurn): ShowEntity {
  let fetchers = 0;
  const fetch = (ref: AskableRef): Effect.Effect<Taken, NotRead, FromClerk> =>
    Effect.gen(function* () {
      const { take } = yield* FromClerk;
      if (take === null) return yield* new NotRead({ code: "no_clerk_key", message: NO_KEY });
      if (fetchers >= FETCHERS_MAX) return yield* new NotRead({ code: "overloaded", message: TOO_MANY_FETCH });
      fetchers += 1;
      return yield* take(ref).pipe(
        Effect.mapError(troubleOf),
        Effect.timeoutOrElse({ duration: FETCH_LIMIT_MS, orElse: () => Effect.fail(CLERK_SLOW) }),
        Effect.ensuring(
          Effect.sync(() => {
            fetchers -= 1;
          }),
        ),
      );
    });
  return Effect.fnUntraced(function* (ref, { parameters, signal }) {
    const wish = yield* readWish(ref, parameters);
    const look = inTurn(findEntity(ref));
    const known = yield* look;
    if (known !== null) return known;
    // A fault of Clerk's is forgiven if the webhook comes while it is waited for.
    let missing: NotFound | NotRead = new NotFound({ message: notOnFile(ref) });
    if (wish.fetched !== undefined) {
      const taken = yield* Effect.result(fetch(wish.fetched));
      if (taken._tag === "Failure") missing = taken.failure;
      else if (taken.success === "found") {
        const fetched = yield* look;
        if (fetched !== null) return fetched;
      } else missing = notTaken(ref, taken.success);
    }
    if (wish.waitMs === undefined) return yield* missing;
    const limitMs = wish.waitMs;
    const waited = yield* Arrivals.use(({ wait }) => Effect.promise(() => wait(ref, { limitMs, signal })));
    if (waited === "full") return yield* new NotRead({ code: "overloaded", message: TOO_MANY_WAIT });
    if (waited === "closed") return yield* new NotRead({ code: "unavailable", message: STOPPING });
    const come = waited === "left" ? null : yield* look;
    return come ?? (yield* missing);
  });
}

interface Wish {
  readonly fetched: AskableRef | undefined;
  readonly waitMs: number | undefined;
}

function readWish(ref: EntityRef, parameters: URLSearchParams): Effect.Effect<Wish, InvalidQuery> {
  return Effect.gen(function* () {
    const isFetched = yield* one(parameters, "fetch", {
      allowed: "true or false",
      read: (text) => (text === "true" ? true : text === "false" ? false : undefined),
    });
    const waitMs = yield* one(parameters, "wait", {
      allowed: `a number of seconds above 0 and up to ${WAIT_SECONDS_MAX}, such as 5 or 0.5`,
      read: readWaitMs,
    });
    if (isFetched !== true || !isClerkId(ref.id)) return { fetched: undefined, waitMs };
    if (isAskable(ref)) return { fetched: ref, waitMs };
    return yield* new InvalidQuery({
      parameter: "fetch",
      allowed: `left away for a ${ref.kind}, which Clerk can't be asked for by its id: only ${ASKABLE_KINDS.join(", ")}. Use wait=<seconds>, or docket backfill`,
    });
  });
}

function readWaitMs(text: string): number | undefined {
  const seconds = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  return seconds > 0 && seconds <= WAIT_SECONDS_MAX ? Math.ceil(seconds * 1_000) : undefined;
}

function notOnFile({ kind }: EntityRef): string {
  return `No ${kind} has this id: GET /v1/entities/${kind} lists them, deleted ones too`;
}

function notTaken({ kind }: EntityRef, taken: Exclude<Taken, "found">): NotFound | NotRead {
  switch (taken) {
    case "missing":
      return new NotFound({ message: `Clerk has no ${kind} of this id, and none is on file` });
    case "foreign":
      return new NotRead({ code: "clerk_refused", message: FOREIGN });
    case "unreadable":
      return new NotRead({ code: "clerk_refused", message: UNREADABLE });
    default:
      return taken satisfies never;
  }
}

function troubleOf(failure: ClerkFailure | Overloaded | Unavailable): NotRead {
  switch (failure._tag) {
    case "RateLimited": {
      const retryAfterSeconds = Math.max(1, Math.ceil(failure.retryAfterMs / 1_000));
      return new NotRead({ code: "clerk_limited", message: `${failure.message}: ask again then`, retryAfterSeconds });
    }
    case "TransientFailure":
      return new NotRead({ code: "clerk_unavailable", message: failure.message, retryAfterSeconds: RETRY_SECONDS });
    case "PermanentFailure":
      return new NotRead({ code: "clerk_refused", message: failure.message });
    case "Overloaded":
      return new NotRead({ code: "overloaded", message: NO_ROOM });
    case "Unavailable":
      return new NotRead({ code: "unavailable", message: NOT_RECORDED });
    default:
      return failure satisfies never;
  }
}

const TOO_MANY_FETCH = `Over ${FETCHERS_MAX} callers have Clerk asked already: ask again`;
const TOO_MANY_WAIT = "Too many callers wait already: ask again, or without wait";
const NO_ROOM = "The queue is full: what Clerk answered was not taken, ask again";
const NOT_RECORDED =
  "What Clerk answered was not recorded: the database is away or slow, or the service stops; ask again";
const STOPPING = "The service is stopping: ask again";
const FOREIGN =
  "CLERK_SECRET_KEY is of another Clerk instance than the one whose webhooks are accepted: give the key of that one, or name both in DOCKET_INSTANCE_IDS";
const UNREADABLE = "Clerk's answer was not understood: GET /v1/events?outcome=quarantined says why";
const CLERK_SLOW = new NotRead({
  code: "clerk_unavailable",
  message: `To ask Clerk and record its answer took over ${FETCH_LIMIT_MS / 1_000} s: ask again`,
  retryAfterSeconds: RETRY_SECONDS,
});
