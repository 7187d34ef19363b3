import { describe, expect, test } from "bun:test";
import { makeBodyBudget } from "../../src/shell/body_budget.ts";
import { readBody } from "../../src/shell/read_body.ts";

function requestOf(body: ReadableStream<Uint8Array>): Request {
  return new Request("http://localhost/", { method: "POST", body });
}

/** A body in pieces; it ends after them, unless `end` says otherwise. */
function piecesOf(
  pieces: readonly string[],
  end: (controller: ReadableStreamDefaultController<Uint8Array>) => void = (controller) => controller.close(),
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      end(controller);
    },
  });
}

const LIMITS = { bytesMax: 1_000, timeLimitMs: 5_000 };

describe("readBody()", () => {
  test("joins the pieces", async () => {
    const lease = makeBodyBudget(10_000).lease();
    const read = await readBody(requestOf(piecesOf(["one ", "two ", "three"])), { ...LIMITS, lease });
    expect(read).toEqual({ _tag: "Whole", bytes: Buffer.from("one two three") });
  });

  test("gives up on a body that does not end in time", async () => {
    const lease = makeBodyBudget(10_000).lease();
    const request = requestOf(piecesOf(["one"], () => undefined));
    expect(await readBody(request, { ...LIMITS, timeLimitMs: 20, lease })).toEqual({ _tag: "TooSlow" });
  });

  test("says that a body broke off, and does not reject", async () => {
    const lease = makeBodyBudget(10_000).lease();
    const cause = new Error("gone");
    const request = requestOf(piecesOf([], (controller) => controller.error(cause)));
    expect(await readBody(request, { ...LIMITS, lease })).toEqual({ _tag: "Broken", cause });
  });

  test("counts pieces as they come, with what holding them costs, against what all requests may hold", async () => {
    const budget = makeBodyBudget(2_000);
    const [first, second] = [budget.lease(), budget.lease()];
    const inOne = (): Request => requestOf(piecesOf(["x".repeat(900)]));
    expect(await readBody(inOne(), { ...LIMITS, lease: first })).toMatchObject({ _tag: "Whole" });
    expect(await readBody(inOne(), { ...LIMITS, lease: second })).toEqual({ _tag: "NoRoom" });
    first.release();
    const inMany = requestOf(piecesOf(Array.from({ length: 20 }, () => "x")));
    expect(await readBody(inMany, { ...LIMITS, lease: budget.lease() })).toEqual({ _tag: "NoRoom" });
  });
});

describe("makeBodyBudget()", () => {
  test("gets back what a request took, once, and lets none take after its release", () => {
    const budget = makeBodyBudget(100);
    const [first, second] = [budget.lease(), budget.lease()];
    expect([first.take(60), second.take(60), second.take(40)]).toEqual([true, false, true]);
    first.release();
    first.release();
    expect(first.take(1)).toBe(false);
    expect([second.take(61), second.take(60)]).toEqual([false, true]);
  });
});
