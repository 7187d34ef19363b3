import { Effect } from "effect";
import type { Json, JsonObject, SessionAsIs } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readId, readObject, readObjects, readText, readTimeMs } from "../decode/read.ts";
import { TransientFailure } from "../handler/failure.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure } from "./clerk_failure.ts";

/** Most that Clerk gives at a time. A greater `limit` is taken for the default of 10 (clerk/clerk-sdk-python#166). */
const PAGE = 500;
/** Of one user. Clerk cleans old sessions up, so that nobody has nearly as many. */
const SESSIONS_MAX = 10_000;

/**
 * All sessions of a user that Clerk still has, in any state, the newest first; none for a user that it does not have.
 * Not only the active ones: Clerk's filter knows no `pending` (specification of 2026-05-12).
 */
export function listSessions(api: ClerkApi, userId: string): Effect.Effect<readonly SessionAsIs[], ClerkFailure> {
  return Effect.gen(function* () {
    const sessions: SessionAsIs[] = [];
    for (let offset = 0; offset < SESSIONS_MAX; offset += PAGE) {
      const query = { user_id: userId, paginated: true, limit: PAGE, offset };
      const page = yield* readPage(yield* api.request("GET", "/sessions", { query }));
      sessions.push(...page.map(readSession));
      if (page.length < PAGE) return sessions;
    }
    return yield* new TransientFailure({ message: `Clerk has over ${SESSIONS_MAX} sessions of one user` });
  }).pipe(Effect.catchTag("ClerkNotFound", () => Effect.succeed([])));
}

/** `{ data, total_count }` where `paginated` is understood, else the bare list. */
function readPage(answer: Json): Effect.Effect<readonly JsonObject[], TransientFailure> {
  const list = isJsonObject(answer) ? answer["data"] : answer;
  return Array.isArray(list)
    ? Effect.succeed(readObjects({ list }, "list"))
    : Effect.fail(new TransientFailure({ message: "Clerk answered no list of sessions" }));
}

function readSession(session: JsonObject): SessionAsIs {
  const createdAtMs = readTimeMs(session, "created_at") ?? 0;
  return {
    id: readId(session, "id") ?? "",
    status: readText(session, "status") ?? "",
    isImpersonated: readObject(session, "actor") !== null,
    createdAtMs,
    lastActiveAtMs: readTimeMs(session, "last_active_at") ?? createdAtMs,
  };
}
