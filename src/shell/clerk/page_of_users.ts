import { Effect } from "effect";
import type { JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readId, readInteger, readTimeMs } from "../decode/read.ts";
import { TransientFailure } from "../handler/failure.ts";
import type { ClerkApi } from "./clerk_api.ts";
import { type ClerkFailure, type ClerkNotFound, ClerkRefusal } from "./clerk_failure.ts";
import { type Answered, type Page, readAnswered, readPosition } from "./page.ts";
import type { PageOptions } from "./page_by_offset.ts";

type Failure = ClerkFailure | ClerkNotFound;

/** Where a walk over the users is. */
interface At {
  /** The last user of the last page; null: ask by time. */
  readonly after: string | null;
  /** When that one was created. */
  readonly ms: number | null;
  /** When the newest user was created as the walk began: who signs up later does not keep it from ending. */
  readonly untilMs: number | null;
  /** The end as it was when it was last looked at twice. */
  readonly confirmedMs: number | null;
}

/**
 * The users, oldest first, by Clerk's cursor: who is deleted or signs up meanwhile moves nobody else to another page. If
 * the user that the cursor names is deleted, the walk goes on by the time they were created at. An empty page too soon is
 * the end only if one asked for by time agrees.
 */
export function pageOfUsers(api: ClerkApi, { position, limit }: PageOptions): Effect.Effect<Page, Failure> {
  return Effect.gen(function* () {
    const read = readAt(readPosition(position));
    const at = position === null ? { ...read, untilMs: yield* newestMs(api) } : read;
    const { rows } = yield* askUsers(api, { at, limit });
    const last = rows.at(-1);
    const lastId = last === undefined ? null : readId(last, "id");
    if (lastId !== null && lastId === at.after) {
      return yield* new TransientFailure({ message: "Clerk gave the same page of users again: check CLERK_API_URL" });
    }
    const ms = last === undefined ? at.ms : (readTimeMs(last, "created_at") ?? at.ms);
    const total = position === null ? yield* countUsers(api) : null;
    return { entities: rows, next: nextOf(at, { lastId, ms }), total };
  });
}

function nextOf(at: At, { lastId, ms }: { readonly lastId: string | null; readonly ms: number | null }): string | null {
  const isPast = ms !== null && at.untilMs !== null && ms > at.untilMs;
  if (lastId !== null) return isPast ? null : JSON.stringify({ ...at, after: lastId, ms });
  const isEnd = at.untilMs !== null && at.ms !== null && at.ms >= at.untilMs;
  if (isEnd || at.after === null || at.ms === null || at.ms === at.confirmedMs) return null;
  return JSON.stringify({ ...at, after: null, confirmedMs: at.ms });
}

function askUsers(
  api: ClerkApi,
  { at, limit }: { readonly at: At; readonly limit: number },
): Effect.Effect<Answered, Failure> {
  const { after, ms } = at;
  const ask = (begin: Readonly<Record<string, string | number>>): Effect.Effect<Answered, Failure> =>
    Effect.flatMap(api.request("GET", "/users", { query: { limit, order_by: "+created_at", ...begin } }), readAnswered);
  const byTime = ask(ms === null ? {} : { created_at_after: Math.max(0, ms - 1) });
  if (after === null) return byTime;
  return Effect.catch(ask({ starting_after: after }), (error) =>
    error._tag === "ClerkNotFound" || error instanceof ClerkRefusal ? byTime : Effect.fail(error),
  );
}

function newestMs(api: ClerkApi): Effect.Effect<number | null, Failure> {
  return Effect.gen(function* () {
    const answer = yield* api.request("GET", "/users", { query: { limit: 1, order_by: "-created_at" } });
    const [newest] = (yield* readAnswered(answer)).rows;
    return newest === undefined ? null : readTimeMs(newest, "created_at");
  });
}

function countUsers(api: ClerkApi): Effect.Effect<number | null, Failure> {
  return Effect.map(api.request("GET", "/users/count"), (answer) =>
    isJsonObject(answer) ? readInteger(answer, "total_count") : null,
  );
}

function readAt(read: JsonObject): At {
  return {
    after: readId(read, "after"),
    ms: readTimeMs(read, "ms"),
    untilMs: readTimeMs(read, "untilMs"),
    confirmedMs: readTimeMs(read, "confirmedMs"),
  };
}
