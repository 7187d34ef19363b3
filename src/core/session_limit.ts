/** A session as it is now, as far as the limit looks at it. */
export interface SessionAsIs {
  readonly id: string;
  readonly status: string;
  /** Somebody acts as the user in it. */
  readonly isImpersonated: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly lastActiveAtMs: number;
}

/**
 * A pending session is one that is signed in and has a task to do, such as to choose an organization. It takes a place
 * as well: when its task is done it becomes active without being a new session, so nothing would look at the limit again.
 */
const OPEN: readonly string[] = ["active", "pending"];

/** True for sessions that are signed in, or will be without another sign-in. */
export function isOpenSession({ status }: Pick<SessionAsIs, "status">): boolean {
  return OPEN.includes(status);
}

/**
 * The sessions that must go so that at most `max` are left: the oldest, the oldest first.
 *
 * By creation, then by last activity, then by id. Not by activity first: a device in use would outlive the sign-in that
 * just happened, and with a limit of one nobody could sign in elsewhere. What is oldest never changes either, so two runs
 * at once agree. Only open sessions count, a session that is named twice counts once, and one in which somebody acts as
 * the user neither counts nor goes: support looking in must not sign the user out.
 *
 * @param max Whole, at least 0.
 */
export function sessionsOverLimit<S extends SessionAsIs>(sessions: readonly S[], max: number): readonly S[] {
  const byId = new Map(sessions.filter(takesPlace).map((session) => [session.id, session]));
  const oldestFirst = [...byId.values()].sort(compareAge);
  return oldestFirst.slice(0, Math.max(oldestFirst.length - max, 0));
}

function takesPlace(session: SessionAsIs): boolean {
  return isOpenSession(session) && !session.isImpersonated;
}

/** Negative when `left` is the older. */
function compareAge(left: SessionAsIs, right: SessionAsIs): number {
  if (left.createdAtMs !== right.createdAtMs) return left.createdAtMs - right.createdAtMs;
  if (left.lastActiveAtMs !== right.lastActiveAtMs) return left.lastActiveAtMs - right.lastActiveAtMs;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}
