import { Effect } from "effect";
import type { Json, JsonObject } from "../../core/mod.ts";
import { isJsonObject, parseJson } from "../decode/parse_json.ts";
import { readInteger, readObjects } from "../decode/read.ts";
import { TransientFailure } from "../handler/failure.ts";

/** One page of a list. */
export interface Page {
  /** As Clerk has them. Some may have been on an earlier page: pages overlap. */
  readonly entities: readonly JsonObject[];
  /** Where the next page begins, for `position`; null after the last. May be kept, and used by another process. */
  readonly next: string | null;
  /** How many Clerk says there are in all; null if this page does not say. */
  readonly total: number | null;
}

/** What Clerk answers for a list. */
export interface Answered {
  readonly rows: readonly JsonObject[];
  readonly total: number | null;
}

/** A bare array, or `{ data, total_count }`. */
export function readAnswered(answer: Json): Effect.Effect<Answered, TransientFailure> {
  if (Array.isArray(answer)) return Effect.succeed({ rows: readObjects({ answer }, "answer"), total: null });
  return isJsonObject(answer) && Array.isArray(answer["data"])
    ? Effect.succeed({ rows: readObjects(answer, "data"), total: readInteger(answer, "total_count") })
    : Effect.fail(new TransientFailure({ message: "Clerk answered no list: check CLERK_API_URL" }));
}

/** A position's text, read; the beginning for none. Of a version of Docket that wrote it otherwise: from the beginning. */
export function readPosition(position: string | null): JsonObject {
  const parsed = position === null ? undefined : parseJson(position);
  return isJsonObject(parsed) ? parsed : {};
}
