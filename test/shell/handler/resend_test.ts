import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Json } from "../../../src/core/mod.ts";
import { email } from "../../../src/shell/handler/email.ts";
import { PermanentFailure, RateLimited, TransientFailure } from "../../../src/shell/handler/failure.ts";
import type { HandlerSpec } from "../../../src/shell/handler/handler.ts";
import { failureOf, handle } from "../../support/handle.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

const FROM = "Docket <hello@example.com>";
const WELCOME: Json = { to: "ada@example.com", template: "welcome", data: { userId: "user_1", firstName: "Ada" } };

describe("email() by Resend", () => {
  let resend: Receiver;
  let spec: HandlerSpec;
  beforeEach(() => {
    resend = startReceiver();
    spec = email({ from: FROM, resendApiKey: "re_secret", resendUrl: `${resend.url}/` });
  });
  afterEach(() => resend[Symbol.asyncDispose]());

  test("posts the mail with the job's key, hashed where it is too long", async () => {
    await handle(spec, WELCOME);
    await handle(spec, WELCOME, { key: "x".repeat(300) });
    expect(resend.requests[0]).toMatchObject({
      path: "/emails",
      key: "welcome/user/user_1",
      headers: { authorization: "Bearer re_secret", "content-type": "application/json" },
      json: {
        from: FROM,
        to: ["ada@example.com"],
        subject: "Welcome",
        text: expect.stringContaining("Hello Ada,"),
        html: expect.stringContaining("<p>Hello Ada,</p>"),
      },
    });
    expect(resend.requests[1]?.key).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("quotes a sender's name that is more than words", async () => {
    const own = email({ from: "Example, Inc. <hello@example.com>", resendApiKey: "re_secret", resendUrl: resend.url });
    await handle(own, WELCOME);
    expect(resend.requests[0]?.json).toMatchObject({ from: '"Example, Inc." <hello@example.com>' });
  });

  test.each([
    [422, "missing_required_field", PermanentFailure],
    [400, "validation_error", PermanentFailure],
    [401, "missing_api_key", TransientFailure],
    [403, "invalid_api_key", TransientFailure],
    [404, "not_found", TransientFailure],
    [409, "concurrent_idempotent_requests", TransientFailure],
    [409, "invalid_idempotent_request", PermanentFailure],
    [500, "internal_server_error", TransientFailure],
    [302, "elsewhere", PermanentFailure],
  ] as const)("tells by %i %s whether trying again can help", async (status, name, failure) => {
    resend.mood = {
      status,
      headers: { location: "/elsewhere" },
      body: JSON.stringify({ name, message: "ada@example.com" }),
    };
    const error = await failureOf(spec, WELCOME);
    expect(error).toBeInstanceOf(failure);
    expect(error.message).toMatch(new RegExp(`^Resend answered ${status}( \\(${name}\\)|$)`));
    expect(error.message).not.toMatch(/re_secret|ada/);
    expect(resend.requests.length).toBe(1);
  });

  test.each([
    ["rate_limit_exceeded", "7", 7_000],
    ["rate_limit_exceeded", "0", 1_000],
    ["daily_quota_exceeded", "7", 3_600_000],
    ["monthly_quota_exceeded", "7", 3_600_000],
  ])("comes again when 429 %s after %s seconds says so", async (name, seconds, retryAfterMs) => {
    resend.mood = { status: 429, headers: { "retry-after": seconds }, body: JSON.stringify({ name }) };
    const error = await failureOf(spec, WELCOME);
    expect(error).toBeInstanceOf(RateLimited);
    expect(error).toMatchObject({ retryAfterMs });
  });

  test("fails for now when Resend hangs, breaks off or says what is no JSON, and not when it said yes", async () => {
    resend.script.push("hang", { status: 502, body: "<html>" }, "break off");
    expect(await failureOf(spec, WELCOME, { signal: AbortSignal.timeout(50) })).toBeInstanceOf(TransientFailure);
    expect((await failureOf(spec, WELCOME)).message).toBe("Resend answered 502");
    // The mail is sent: that the rest of the answer is missing changes nothing.
    await handle(spec, WELCOME);
    expect(resend.seen("welcome/user/user_1")).toBe(3);
  });
});
