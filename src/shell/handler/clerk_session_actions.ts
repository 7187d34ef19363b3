import { Effect } from "effect";
import { isOpenSession, type SessionAsIs, sessionsOverLimit } from "../../core/mod.ts";
import { getEntity } from "../clerk/get_entity.ts";
import { listSessions } from "../clerk/list_sessions.ts";
import { readText } from "../decode/read.ts";
import { type Acted, type ActionContext, orGone, unlessSo } from "./clerk_outcome.ts";

/** Requests of one job under way at once: a user with many sessions must not take all places of the client. */
const CONCURRENCY = 4;

/** Signs one device out. Done too when the session is over already, or forgotten by Clerk. */
export function revokeSession({ sessionId }: { readonly sessionId: string }, context: ActionContext): Acted {
  const { api, key } = context;
  const isOver = Effect.map(
    getEntity(api, { kind: "session", id: sessionId }),
    (answer) =>
      answer._tag === "Missing" ||
      (answer._tag === "Found" && !isOpenSession({ status: readText(answer.data, "status") ?? "" })),
  );
  const path = `/sessions/${sessionId}/revoke`;
  return orGone(unlessSo(isOver)(api.request("POST", path, { idempotencyKey: `${key}/${sessionId}` })));
}

/** Signs a user out everywhere, also where support acts as the user. */
export function revokeSessions({ userId }: { readonly userId: string }, context: ActionContext): Acted {
  return Effect.flatMap(listSessions(context.api, userId), (sessions) =>
    revokeAll(sessions.filter(isOpenSession), context),
  );
}

/**
 * Leaves a user the newest `max` sessions, as things are at Clerk when this runs. Clerk is asked, and not our tables:
 * no webhook tells that a session expired or was abandoned, those of before Docket were never told, and the last ones may
 * be on their way; by our tables a dead session would keep its place, and a living one lose it.
 */
export function limitSessions(
  { userId, max }: { readonly userId: string; readonly max: number },
  context: ActionContext,
): Acted {
  return Effect.flatMap(listSessions(context.api, userId), (sessions) =>
    revokeAll(sessionsOverLimit(sessions, max), context),
  );
}

/** Tries them all, so that one which can't be revoked saves no other; then fails with what a retry may help. */
function revokeAll(sessions: readonly SessionAsIs[], context: ActionContext): Acted {
  const revoking = Effect.partition(sessions, ({ id }) => revokeSession({ sessionId: id }, context), {
    concurrency: CONCURRENCY,
  });
  return Effect.flatMap(revoking, ([, failures]) => {
    const failure = failures.find(({ _tag }) => _tag !== "PermanentFailure") ?? failures[0];
    return failure === undefined ? Effect.void : Effect.fail(failure);
  });
}
