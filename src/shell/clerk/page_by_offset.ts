import { Effect } from "effect";
import { readId, readInteger, readTexts } from "../decode/read.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "./clerk_failure.ts";
import type { ListRequest } from "./listing.ts";
import { type Answered, type Page, readAnswered, readPosition } from "./page.ts";

export interface PageOptions {
  readonly position: string | null;
  /** Rows asked for at a time, 1 to 500. */
  readonly limit: number;
}

/** A page begins with so many rows of the last one, or a fifth of it, which show that nothing is missing in between. */
const OVERLAP = 10;
/** One row of the last page, and one more. */
const LIMIT_MIN = 2;
/** So many rows of a page are remembered. Should they all be gone by the next, it steps back. */
const REMEMBERED = 50;

/**
 * Counted offsets skip rows when others vanish before them. So each page begins a little before the end of the last, and
 * counts only if it has a row in common with it; else it begins further back, at the very beginning if need be. Whatever
 * moved, every row that was there all the time is then on some page.
 */
export function pageByOffset(
  api: ClerkApi,
  { path, query }: ListRequest,
  { position, limit: wanted }: PageOptions,
): Effect.Effect<Page, ClerkFailure | ClerkNotFound> {
  return Effect.gen(function* () {
    const read = readPosition(position);
    const known = readTexts(read, "known");
    const limit = Math.max(LIMIT_MIN, wanted);
    let offset = Math.max(0, readInteger(read, "offset") ?? 0);
    for (let back = OVERLAP; ; back *= 4) {
      const answer = yield* api.request("GET", path, { query: { ...query, limit, offset } });
      const answered = yield* readAnswered(answer);
      if (offset === 0 || known.length === 0 || isJoined(answered, known))
        return toPage(answered, { offset, known, limit });
      offset = Math.max(0, offset - back);
    }
  });
}

function isJoined({ rows }: Answered, known: readonly string[]): boolean {
  const ids = new Set(known);
  return rows.some((row) => ids.has(readId(row, "id") ?? ""));
}

interface Asked {
  readonly offset: number;
  readonly known: readonly string[];
  readonly limit: number;
}

function toPage({ rows, total }: Answered, { offset, known, limit }: Asked): Page {
  const ids = rows.map((row) => readId(row, "id") ?? "");
  const end = offset + rows.length;
  // A short page alone is no end: Clerk takes a limit that it dislikes for another (clerk/clerk-sdk-python#166).
  const isShortLast = rows.length < limit && total !== null && end >= total;
  const isOldLast = ids.at(-1) === known.at(-1) && (total === null || end >= total);
  const overlap = Math.min(OVERLAP, Math.ceil(rows.length / 5), rows.length >> 1);
  const next = JSON.stringify({ offset: end - overlap, known: ids.slice(-REMEMBERED) });
  return { entities: rows, next: rows.length === 0 || isShortLast || isOldLast ? null : next, total };
}
