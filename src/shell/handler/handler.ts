import type { Effect } from "effect";
import type { EntityRef, Json, Span } from "../../core/mod.ts";

/** What a handler knows besides the job's payload. */
export interface HandlerContext {
  /**
   * The job's key: send it to the receiver as idempotency key, since a job may be tried more than once. Of one that a
   * person has run again although it was done, it ends in `/again/<n>`.
   */
  readonly key: string;
  /** Aborted when the job took too long, or the process stops. */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
  /** The policy that wants the job. */
  readonly policy: string;
  /** What the job is about. */
  readonly ref: EntityRef;
  /** As of when the change that wants it is, milliseconds since the Unix epoch. */
  readonly asOfMs: number;
}

/**
 * Carries a job out: returns when it is done, throws (or fails) when it is not. May be called again for the same job,
 * with the same key. `PermanentFailure` dead-letters it at once, `RateLimited` says when to come again, and whatever
 * else is thrown is tried again after a backoff.
 */
export type HandlerRun = (
  payload: Json,
  context: HandlerContext,
) => Promise<unknown> | Effect.Effect<unknown, unknown> | undefined;

/** How a handler's jobs are run. */
export interface HandlingOptions {
  /** Longest time of one attempt; then `signal` is aborted, and it counts as failed. @default "30 seconds" */
  readonly timeout?: Span;
  /** Attempts before the job is dead-lettered. With the default they span about twelve hours. @default 20 */
  readonly attempts?: number;
  /** Jobs under way at once, in one process. @default 32 */
  readonly concurrency?: number;
  /** Jobs begun in a time, by one process. @default no limit */
  readonly rate?: { readonly jobs: number; readonly per: Span };
  /**
   * `entity`: the jobs of one entity go one at a time, in the order of their changes, in all processes together; one
   * that fails keeps the later ones waiting until it is done or dead. @default "none"
   */
  readonly order?: "none" | "entity";
  /**
   * Whom a failure is held against: after some in a row the breaker opens, and the target's jobs wait until a probe
   * goes well. @default the handler's name
   */
  readonly target?: (payload: Json) => string;
}

/** A handler with options. */
export interface HandlerSpec extends HandlingOptions {
  readonly _tag: "Handler";
  readonly run: HandlerRun;
  /** Called when the process stops, after the last job. Must not take long. */
  readonly close?: () => Promise<void>;
}

/** Your code for the jobs that name it: a function, or what `handler(options, function)` makes of it. */
export type Handler = HandlerRun | HandlerSpec;

/** A handler with options of its own. */
export function handler(options: HandlingOptions, run: HandlerRun): HandlerSpec {
  return { ...options, _tag: "Handler", run };
}
