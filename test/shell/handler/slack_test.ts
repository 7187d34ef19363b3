import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PermanentFailure, TransientFailure } from "../../../src/shell/handler/failure.ts";
import type { HandlerSpec } from "../../../src/shell/handler/handler.ts";
import { slack, slackText } from "../../../src/shell/handler/slack.ts";
import { failureOf, handle } from "../../support/handle.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

let receiver: Receiver;
let spec: HandlerSpec;
beforeEach(() => {
  receiver = startReceiver();
  spec = slack({ url: `${receiver.url}/services/T/B/secret` });
});
afterEach(() => receiver[Symbol.asyncDispose]());

describe("slack()", () => {
  test("posts the text alone, escaped", async () => {
    await handle(spec, { text: "a <!channel> & 李 🎉", other: 1 });
    expect(receiver.requests[0]).toMatchObject({
      path: "/services/T/B/secret",
      json: { text: "a &lt;!channel&gt; &amp; 李 🎉" },
    });
  });

  test("comes again when Slack says so, and never shows the address", async () => {
    receiver.script.push({ status: 429, headers: { "retry-after": "30" } }, { status: 404 }, { status: 500 });
    expect(await failureOf(spec, { text: "a" })).toMatchObject({ retryAfterMs: 30_000, message: "Slack answered 429" });
    expect(await failureOf(spec, { text: "a" })).toEqual(new PermanentFailure({ message: "Slack answered 404" }));
    expect(await failureOf(spec, { text: "a" })).toEqual(new TransientFailure({ message: "Slack answered 500" }));
    const nowhere = slack({ url: "http://127.0.0.1:1/services/secret" });
    const error = await failureOf(nowhere, { text: "a" });
    expect(error).toBeInstanceOf(TransientFailure);
    expect(error.message).toStartWith("Cannot reach Slack: ");
    expect(error.message).not.toMatch(/secret|127/);
  });

  test("stays done when the rest of Slack's answer is missing", async () => {
    receiver.mood = "break off";
    await handle(spec, { text: "a" });
  });

  test("dead-letters what has no text", async () => {
    for (const payload of [{}, { text: "" }, { text: 1 }, null, "text"]) {
      expect(await failureOf(spec, payload)).toBeInstanceOf(PermanentFailure);
    }
    expect(receiver.requests).toEqual([]);
  });

  test.each(["secret", "", "mailto:secret"])("refuses the address %j when it is made, without saying it", (url) => {
    expect(() => slack({ url })).toThrow(/^slack: url must be the address of an incoming webhook of Slack's$/);
  });
});

describe("slackText()", () => {
  test("always keeps the limit, whole characters, and nothing that Slack reads as markup", () => {
    const unit = fc.constantFrom("a", "&", "<", ">", "🎉", "\ud83c", "@");
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1 }), fc.integer({ min: 1, max: 20_000 }), (units, times) => {
        const made = slackText(units.join("").repeat(times).slice(0, 60_000));
        expect(made.length).toBeLessThanOrEqual(40_000);
        expect(made.isWellFormed()).toBe(true);
        expect(made.replaceAll(/&(amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
      }),
      { numRuns: 50 },
    );
  });

  test("cuts no more than it must", () => {
    expect(slackText("a".repeat(40_000))).toBe("a".repeat(40_000));
    expect(slackText("a".repeat(40_001))).toBe(`${"a".repeat(39_999)}…`);
  });
});
