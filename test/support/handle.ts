import { Effect } from "effect";
import type { Json } from "../../src/core/mod.ts";
import type { HandlerContext, HandlerSpec } from "../../src/shell/handler/handler.ts";

/** What a handler is given besides, unless the test says otherwise. */
export const CONTEXT: HandlerContext = {
  key: "welcome/user/user_1",
  signal: new AbortController().signal,
  attempt: 1,
  policy: "welcome",
  ref: { kind: "user", id: "user_1" },
  asOfMs: 1_767_225_600_000,
};

/** Runs one attempt; rejects as the handler does. */
export async function handle(spec: HandlerSpec, payload: Json, context: Partial<HandlerContext> = {}): Promise<void> {
  const result = spec.run(payload, { ...CONTEXT, ...context });
  if (Effect.isEffect(result)) await Effect.runPromise(result as Effect.Effect<unknown, Error>);
  else await result;
}

/** What the handler throws; fails if it does not. */
export async function failureOf(
  spec: HandlerSpec,
  payload: Json,
  context: Partial<HandlerContext> = {},
): Promise<Error> {
  try {
    await handle(spec, payload, context);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("The handler did not fail");
}
