import { Cause, type Context, Effect, Exit } from "effect";
import type { Json } from "../../core/mod.ts";
import { PermanentFailure, RateLimited } from "../handler/failure.ts";
import type { HandlerContext, HandlerRun } from "../handler/handler.ts";
import { backoffMs } from "./backoff.ts";
import type { ClaimedJob } from "./claim_jobs.ts";
import type { ResolvedHandler } from "./resolve_handlers.ts";
import type { Outcome } from "./settle_jobs.ts";

export interface RunOptions {
  /** What the handler is given. */
  readonly payload: Json;
  /** Aborted when the process stops: then the job is given back. */
  readonly stopping: AbortSignal;
  /** What Effects run with: the service's logger. @default Effect's own */
  readonly services: Context.Context<never>;
}

/** Runs one attempt to its end, or to its time limit. Never rejects. */
export async function runJob(
  job: ClaimedJob,
  { run, timeoutMs, attemptsMax }: ResolvedHandler & { readonly run: HandlerRun },
  { payload, stopping, services }: RunOptions,
): Promise<Outcome> {
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([stopping, late]);
  const { sentKey, attempt, policy, ref, asOfMs } = job;
  const context: HandlerContext = { key: sentKey, signal, attempt, policy, ref, asOfMs };
  const ended = Promise.withResolvers<never>();
  const end = (): void => ended.reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    // A handler that does not listen to its signal goes on, unheard.
    await Promise.race([call(() => run(payload, context), signal, services), ended.promise]);
    return { _tag: "Done" };
  } catch (cause) {
    if (stopping.aborted) return { _tag: "Released", delayMs: 0, waiting: null };
    if (late.aborted) return failed(job, `took over ${timeoutMs} ms`, attemptsMax);
    return outcomeOf(cause, job, attemptsMax);
  } finally {
    signal.removeEventListener("abort", end);
    ended.promise.catch(() => undefined);
  }
}

async function call(run: () => unknown, signal: AbortSignal, services: Context.Context<never>): Promise<void> {
  const result = run();
  if (!Effect.isEffect(result)) {
    await result;
    return;
  }
  const exit = await Effect.runPromiseExitWith(services)(result as Effect.Effect<unknown, unknown>, { signal });
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause);
}

/** What a handler's failure means for its job. */
export function outcomeOf(cause: unknown, job: ClaimedJob, attemptsMax: number): Outcome {
  if (cause instanceof PermanentFailure) return { _tag: "Dead", error: cause.message, exhausted: false };
  if (cause instanceof RateLimited) {
    return { _tag: "Failed", error: cause.message, delayMs: cause.retryAfterMs, free: true };
  }
  return failed(job, messageOf(cause), attemptsMax);
}

/** Tried again after a backoff, or dead once the handler's attempts are used up. */
export function failed(job: ClaimedJob, error: string, attemptsMax: number): Outcome {
  if (job.attemptsCounted >= attemptsMax) {
    return { _tag: "Dead", error: `gave up after ${job.attemptsCounted} attempts: ${error}`, exhausted: true };
  }
  return { _tag: "Failed", error, delayMs: backoffMs(job.attemptsCounted, Math.random()), free: false };
}

function messageOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message === "" ? cause.name : cause.message;
  return typeof cause === "string" ? cause : "threw what is no error";
}
