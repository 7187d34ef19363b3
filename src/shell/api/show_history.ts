import { Effect } from "effect";
import type { EntityRef } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import { type EntityThen, findEntityAt } from "../history/entity_at.ts";
import { findHistory, type History } from "../history/history.ts";
import { NotFound } from "./not_found.ts";
import { readTimeMs } from "./place.ts";
import { InvalidQuery, isName, one, readPageQuery } from "./query.ts";
import type { ReadError } from "./read_error.ts";

/** What kind of question about the past failed. */
type PastError = InvalidQuery | NotFound | ReadError;

const AT = { allowed: "a time with a zone, such as 2026-01-31T12:00:00Z", read: readTimeMs };

/** The entity as it was at the time `at`. */
export function showEntityAt(
  ref: EntityRef,
  parameters: URLSearchParams,
): Effect.Effect<EntityThen, PastError, Database> {
  return Effect.gen(function* () {
    const atMs = (yield* one(parameters, "at", AT)) ?? 0;
    if (parameters.has("wait") || parameters.has("fetch")) {
      return yield* new InvalidQuery({ parameter: "at", allowed: "given without wait and fetch: they are for now" });
    }
    if (!isName(ref.id)) return yield* unknown(ref);
    const then = yield* findEntityAt(ref, atMs);
    if ("found" in then) return then.found;
    if (then.firstAt === null) return yield* unknown(ref);
    return yield* new NotFound({
      message: `This ${ref.kind} was not there then, as far as is known: its first version on file is as of ${then.firstAt.toISOString()}`,
    });
  });
}

/** One page of an entity's story. */
export function showHistory(ref: EntityRef, parameters: URLSearchParams): Effect.Effect<History, PastError, Database> {
  return Effect.gen(function* () {
    const page = yield* readPageQuery(parameters);
    if (!isName(ref.id)) return yield* unknown(ref);
    return (yield* findHistory(ref, page)) ?? (yield* unknown(ref));
  });
}

function unknown({ kind }: EntityRef): NotFound {
  return new NotFound({ message: `No ${kind} has this id: GET /v1/entities/${kind} lists them, deleted ones too` });
}
