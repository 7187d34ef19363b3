import { Cause, Effect, Exit, Redacted } from "effect";
import type { Json } from "../../src/core/mod.ts";
import { makeClerkApi } from "../../src/shell/clerk/clerk_api.ts";
import type { ClerkFailure } from "../../src/shell/clerk/clerk_failure.ts";
import { clerkHandler } from "../../src/shell/handler/clerk_action.ts";
import type { FakeClerk } from "./fake_clerk.ts";

/** The key of the jobs that `runClerkJob` runs. */
export const JOB_KEY = "mine/user/user_1/+";

/** Runs one attempt of a job of the handler `clerk`. Null if it is done, else what it failed with. */
export async function runClerkJob(
  { url, secretKey }: Pick<FakeClerk, "url"> & { readonly secretKey: string | undefined },
  payload: Json,
): Promise<ClerkFailure | null> {
  const key = secretKey === undefined ? undefined : Redacted.make(secretKey);
  const { run } = clerkHandler({ api: makeClerkApi({ apiUrl: url, secretKey: key }) });
  const context = {
    key: JOB_KEY,
    signal: new AbortController().signal,
    attempt: 1,
    policy: "mine",
    ref: { kind: "user", id: "user_1" },
    asOfMs: 0,
  } as const;
  const exit = await Effect.runPromiseExit(run(payload, context) as Effect.Effect<unknown, ClerkFailure>);
  return Exit.isSuccess(exit) ? null : (Cause.squash(exit.cause) as ClerkFailure);
}
