import { type FakeReply, refused } from "./reply.ts";

/** Clerk counts the requests of an instance in windows: 1,000 in 10 s in production, 100 in development. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** Counts in windows that follow each other, and says when the next begins. */
export class RateLimiter {
  readonly #limit: RateLimit | undefined;
  readonly #clock: () => number;
  #windowMs = 0;
  #count = 0;
  #refused = 0;

  constructor(limit: RateLimit | undefined, clock: () => number) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Requests refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** The refusal of a request that is too many. */
  take(): FakeReply | undefined {
    if (this.#limit === undefined) return undefined;
    const { requests, windowMs } = this.#limit;
    const nowMs = this.#clock();
    const window = nowMs - (nowMs % windowMs);
    if (window !== this.#windowMs) [this.#windowMs, this.#count] = [window, 0];
    this.#count += 1;
    if (this.#count <= requests) return undefined;
    this.#refused += 1;
    const retryAfter = Math.max(1, Math.ceil((window + windowMs - nowMs) / 1_000));
    const reply = refused(429, { code: "too_many_requests", message: "Too many requests." });
    return { ...reply, headers: { "retry-after": String(retryAfter) } };
  }
}
