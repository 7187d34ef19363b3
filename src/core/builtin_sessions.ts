import { asOfMsOf, livingValue } from "./builtin_edge.ts";
import { type DefaultedOptions, type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import { type Change, type Job, type PolicyOf, policy } from "./policy.ts";

const CLOSED: readonly string[] = ["ended", "removed", "revoked", "expired", "abandoned", "replaced"];
const CAST_OUT: readonly string[] = ["removed", "revoked"];

/**
 * `session-cleanup`: removes what you keep of a session elsewhere: a socket, a cache, a cart.
 *
 * - Plans when the session ends, is removed, revoked, expired, abandoned or replaced, and at its user's deletion,
 *   also for a session that was over by then: the handler must bear to be told twice.
 * - Key `session-cleanup/session/<id>/<asOfMs>/<event type>`, or `/+` if its end is the first that is seen of it; at
 *   the user's deletion `session-cleanup/session/<id>/-`.
 * - The first is cancelled by the user's deletion, whose job takes its place; nothing but a person cancels that one.
 * - Your handler, payload `{ sessionId, userId, status }`; at the user's deletion `status` is `deleted`.
 */
export function sessionCleanup(options: HandlerOptions): PolicyOf<"session"> {
  return policy("session-cleanup", { kind: "session", ...timingOf(options) }, (change) => {
    const { ref, after } = change;
    const status = after._tag === "Deleted" ? "deleted" : cameInto(change, CLOSED);
    return status === null ? [] : [task(options, { sessionId: ref.id, userId: after.value?.userId ?? null, status })];
  });
}

/**
 * `force-reauth`: a session was removed or revoked, and whoever still holds its token must sign in anew.
 * `/v1/sessions/:id/active` says no at once, without this policy.
 *
 * - Plans when the session is removed or revoked; not when a person signs out, nor at the user's deletion (`cleanup`).
 * - Key `force-reauth/session/<id>/<asOfMs>/<event type>`, or `/+` if that is the first that is seen of it.
 * - Nothing cancels it but a person; where personal data is erased, the user's deletion withdraws what has not started.
 * - Your handler, payload `{ sessionId, userId, status }`.
 */
export function forceReauth(options: HandlerOptions): PolicyOf<"session"> {
  return policy("force-reauth", { kind: "session", until: "never", ...timingOf(options) }, (change) => {
    const status = cameInto(change, CAST_OUT);
    const userId = change.after.value?.userId ?? null;
    return status === null ? [] : [task(options, { sessionId: change.ref.id, userId, status })];
  });
}

/**
 * `security-audit`: a record of every session that was removed or revoked, with who acted for the user, if anybody.
 *
 * - Plans when the session's status becomes removed or revoked, of the one and then of the other too.
 * - Key `security-audit/session/<id>/<asOfMs>/<event type>`, or `/+` if that is the first that is seen of it.
 * - Nothing cancels it but a person; where personal data is erased, the user's deletion withdraws what has not started.
 * - Handler `log` unless you name one, payload `{ sessionId, userId, clientId, actor, status, asOfMs }`.
 */
export function securityAudit(options: DefaultedOptions = {}): PolicyOf<"session"> {
  return policy("security-audit", { kind: "session", until: "never", ...timingOf(options) }, (change) => {
    const value = livingValue(change.after);
    if (value === null || value.status === null || !CAST_OUT.includes(value.status)) return [];
    if (livingValue(change.before)?.status === value.status) return [];
    const { userId, clientId, actor, status } = value;
    const record = { sessionId: change.ref.id, userId, clientId, actor, status, asOfMs: asOfMsOf(change) };
    return [task({ handler: "log", ...options }, record)];
  });
}

/**
 * `activity-log`: a line when a session begins, and one when it is over.
 *
 * - Plans on the session's first version, and when it ends, is removed, revoked, expired, abandoned or replaced.
 * - Keys `activity-log/session/<id>/+/began` and `activity-log/session/<id>/<asOfMs>/<event type>/ended`; the latter
 *   is `/+/ended` if its end is the first that is seen of it, until a late message tells of its beginning.
 * - Nothing cancels it but a person; where personal data is erased, the user's deletion withdraws what has not started.
 * - Handler `log` unless you name one, payload `{ sessionId, userId, activity, status, atMs }`: `activity` is `began`
 *   or `ended`, `atMs` when.
 */
export function activityLog(options: DefaultedOptions = {}): PolicyOf<"session"> {
  return policy("activity-log", { kind: "session", until: "never", ...timingOf(options) }, (change) => {
    const value = livingValue(change.after);
    if (value === null) return [];
    const lines: Job[] = [];
    const { userId, status, createdAtMs } = value;
    const line = (activity: "began" | "ended", atMs: number): Job =>
      task(
        { handler: "log", ...options },
        { sessionId: change.ref.id, userId, activity, status, atMs },
        { key: activity },
      );
    if (change.before._tag === "Absent") lines.push(line("began", createdAtMs ?? asOfMsOf(change)));
    if (cameInto(change, CLOSED) !== null) lines.push(line("ended", asOfMsOf(change)));
    return lines;
  });
}

export interface SessionLimitOptions extends DefaultedOptions {
  /** Sessions that one user may have at a time. */
  readonly max: number;
}

/**
 * `session-limit`: a user has at most so many sessions; the handler revokes the oldest over that, or alerts.
 *
 * - Level-triggered: armed by every new session, whenever it is told, and never withdrawn. It looks at the sessions
 *   there are when it runs, so one run serves many sign-ins.
 * - Key `session-limit/user/<id>`.
 * - Nothing cancels it: of a user without sessions it finds nothing to do.
 * - Handler `clerk`, payload `{ action: "limit-sessions", userId, max }`.
 */
export function sessionLimit(options: SessionLimitOptions): PolicyOf<"session"> {
  const { max, handler = "clerk" } = options;
  return policy("session-limit", { kind: "session", level: true, ...timingOf(options) }, ({ before, after }) => {
    if (before._tag !== "Absent" || after._tag !== "Live") return [];
    const { userId } = after.value;
    const payload = { action: "limit-sessions", userId, max };
    return [task({ ...options, handler }, payload, { subject: [{ kind: "user", id: userId }] })];
  });
}

/** The status, if it is one of these and the one before was not. */
function cameInto({ before, after }: Change<"session">, statuses: readonly string[]): string | null {
  const status = livingValue(after)?.status ?? null;
  const was = livingValue(before)?.status ?? null;
  if (status === null || !statuses.includes(status)) return null;
  return was !== null && statuses.includes(was) ? null : status;
}
