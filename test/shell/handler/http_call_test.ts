import { describe, expect, test } from "bun:test";
import { PermanentFailure, RateLimited, TransientFailure } from "../../../src/shell/handler/failure.ts";
import { callOut, checkAnswer, discardBody, retryAfterMsOf } from "../../../src/shell/handler/http_call.ts";

const RECEIVER = { receiver: "it" } as const;

function answer(status: number, retryAfter?: string): Response {
  return new Response(null, { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });
}

function thrownBy(call: () => void): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe("checkAnswer()", () => {
  test.each([
    [500, undefined, new TransientFailure({ message: "it answered 500" })],
    [503, undefined, new TransientFailure({ message: "it answered 503" })],
    [408, undefined, new TransientFailure({ message: "it answered 408" })],
    [404, undefined, new PermanentFailure({ message: "it answered 404" })],
    [302, undefined, new PermanentFailure({ message: "it answered 302" })],
    [429, undefined, new RateLimited({ message: "it answered 429", retryAfterMs: 30_000 })],
    [429, "2", new RateLimited({ message: "it answered 429", retryAfterMs: 2_000 })],
    [503, "2", new RateLimited({ message: "it answered 503", retryAfterMs: 2_000 })],
    // It counts as no attempt: without a least wait this would go round and round.
    [429, "0", new RateLimited({ message: "it answered 429", retryAfterMs: 1_000 })],
    [429, "Thu, 01 Jan 1970 00:00:00 GMT", new RateLimited({ message: "it answered 429", retryAfterMs: 1_000 })],
  ])("says what %i with Retry-After %s means", (status, retryAfter, failure) => {
    expect(thrownBy(() => checkAnswer(answer(status, retryAfter), RECEIVER))).toEqual(failure);
  });

  test("has nothing to say of a success", () => {
    expect(checkAnswer(answer(204), RECEIVER)).toBeUndefined();
  });
});

describe("retryAfterMsOf()", () => {
  test.each([
    [null, null],
    ["soon", null],
    ["1.5", 1_500],
    [" 3 ", 3_000],
    ["999999999", 86_400_000],
    ["Thu, 01 Jan 1970 00:00:10 GMT", 9_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ])("reads %j as %j", (value, ms) => {
    expect(retryAfterMsOf(value, 1_000)).toBe(ms);
  });
});

describe("callOut()", () => {
  test("names what went wrong on the way by its code, or its name, and lets the handlers' own failures be", async () => {
    const failing = (cause: unknown): Promise<unknown> => callOut(() => Promise.reject(cause), RECEIVER);
    const coded = Object.assign(new Error("of 10.0.0.1"), { code: "ECONNREFUSED" });
    await expect(failing(coded)).rejects.toEqual(new TransientFailure({ message: "Cannot reach it: ECONNREFUSED" }));
    await expect(failing(new RangeError("x"))).rejects.toEqual(
      new TransientFailure({ message: "Cannot reach it: RangeError" }),
    );
    await expect(failing("x")).rejects.toEqual(new TransientFailure({ message: "Cannot reach it: unknown fault" }));
    const own = new PermanentFailure({ message: "mine" });
    await expect(failing(own)).rejects.toBe(own);
  });
});

test("discardBody() never rejects", async () => {
  const broken = new ReadableStream({
    cancel: () => {
      throw new Error("broken");
    },
  });
  await discardBody(new Response(broken));
  await discardBody(new Response(null));
});
