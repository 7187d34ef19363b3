import { PermanentFailure, RateLimited, TransientFailure } from "./failure.ts";

/** How a receiver is named in errors: never by its whole address, which may hold a secret. */
export interface CallOptions {
  readonly receiver: string;
}

/** What of an answer says what it means for the job; a `Response` is one. */
export interface Answer {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Pick<Headers, "get">;
}

/** Longest wait that a receiver may ask for, and the shortest that it gets. */
const RETRY_AFTER_MS_MAX = 24 * 3_600_000;
const RETRY_AFTER_MS_MIN = 1_000;
/** What a 429 without `Retry-After` is taken to ask for. */
const RETRY_AFTER_MS_DEFAULT = 30_000;

/** Calls out, and turns what goes wrong on the way there into a `TransientFailure`. */
export async function callOut<A extends Answer>(call: () => Promise<A>, { receiver }: CallOptions): Promise<A> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof PermanentFailure || cause instanceof RateLimited) throw cause;
    throw new TransientFailure({ message: `Cannot reach ${receiver}: ${nameOf(cause)}` });
  }
}

/** Throws what the answer means for the job, unless it is a 2xx. Retries help where the receiver may change its mind. */
export function checkAnswer({ status, headers, ok }: Answer, { receiver }: CallOptions): void {
  if (ok) return;
  const message = `${receiver} answered ${status}`;
  const askedMs = retryAfterMsOf(headers.get("retry-after"));
  if (status === 429 || (status === 503 && askedMs !== null)) {
    // It is no attempt that counts, so nothing else would slow down who says "at once" for ever.
    throw new RateLimited({ message, retryAfterMs: Math.max(askedMs ?? RETRY_AFTER_MS_DEFAULT, RETRY_AFTER_MS_MIN) });
  }
  if (status >= 500 || status === 408 || status === 425) throw new TransientFailure({ message });
  throw new PermanentFailure({ message });
}

/** Lets go of an answer whose body nobody reads. Never rejects: what was answered stays answered. */
export async function discardBody(answer: Response): Promise<void> {
  await answer.body?.cancel().catch(() => undefined);
}

/** Milliseconds of a `Retry-After`, seconds or a date (RFC 9110, section 10.2.3); null if there is none that says. */
export function retryAfterMsOf(value: string | null, nowMs: number = Date.now()): number | null {
  if (value === null) return null;
  const ms = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}

function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown fault";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
