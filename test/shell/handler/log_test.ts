import { expect, test } from "bun:test";
import { Effect, Logger } from "effect";
import type { HandlerSpec } from "../../../src/shell/handler/handler.ts";
import { logHandler } from "../../../src/shell/handler/log.ts";
import { CONTEXT } from "../../support/handle.ts";

test("logHandler writes one line, with the job and its payload", async () => {
  const lines: unknown[] = [];
  const logger = Logger.make(({ message, logLevel }) => lines.push([logLevel, message]));
  await Effect.runPromise(logged(logHandler, { a: 1 }).pipe(Effect.provide(Logger.layer([logger]))));
  const { key, policy, ref, asOfMs } = CONTEXT;
  expect(lines).toEqual([
    ["Info", ["Job", { jobKey: key, policy, kind: ref.kind, id: ref.id, asOfMs, payload: { a: 1 } }]],
  ]);
});

function logged({ run }: HandlerSpec, payload: { readonly a: number }): Effect.Effect<unknown, unknown> {
  const result = run({ ...payload }, CONTEXT);
  if (!Effect.isEffect(result)) throw new Error("The handler made no Effect");
  return result as Effect.Effect<unknown, unknown>;
}
