import { Data } from "effect";

/** No retry can help: the job is dead-lettered at once. Throw it from a handler. */
export class PermanentFailure extends Data.TaggedError("PermanentFailure")<{
  /** What was attempted and what is wrong. Shown to operators: no secret, and nothing about a person. */
  readonly message: string;
}> {}

/** The receiver asked to be left alone for a while: it is tried again then, and this counts as no fault of it. */
export class RateLimited extends Data.TaggedError("RateLimited")<{
  readonly message: string;
  /** Milliseconds. */
  readonly retryAfterMs: number;
}> {}

/** It may go well later: tried again after a backoff. What a handler throws otherwise counts as this too. */
export class TransientFailure extends Data.TaggedError("TransientFailure")<{
  readonly message: string;
}> {}
