import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type AddressInfo, createServer } from "node:net";
import { Redacted } from "effect";
import type { Json, JsonObject } from "../../../src/core/mod.ts";
import { email } from "../../../src/shell/handler/email.ts";
import { PermanentFailure, TransientFailure } from "../../../src/shell/handler/failure.ts";
import type { HandlerSpec } from "../../../src/shell/handler/handler.ts";
import { failureOf, handle } from "../../support/handle.ts";
import { type SmtpSink, startSmtpSink } from "../../support/smtp_sink.ts";

const FROM = "Docket <hello@example.com>";
const WELCOME: JsonObject = {
  to: "ada@example.com",
  template: "welcome",
  data: { userId: "user_1", firstName: "Ada" },
};

describe("email() by SMTP", () => {
  let sink: SmtpSink;
  let spec: HandlerSpec;
  beforeEach(async () => {
    sink = await startSmtpSink();
    spec = email({ from: FROM, smtpUrl: sink.url });
  });
  afterEach(async () => {
    await spec.close?.();
    await sink[Symbol.asyncDispose]();
  });

  test("sends both parts from and to whom it should, with the key and one Message-ID on every attempt", async () => {
    await handle(spec, WELCOME);
    await handle(spec, WELCOME, { attempt: 2 });
    const [mail, again] = sink.mails;
    expect(mail).toMatchObject({
      from: "hello@example.com",
      to: ["ada@example.com"],
      subject: "Welcome",
      key: "welcome/user/user_1",
      text: expect.stringMatching(/^Hello Ada,\n\nYour account is ready\./),
      html: expect.stringMatching(/^<p>Hello Ada,<\/p>\n<p>Your account is ready\./),
    });
    expect(mail?.headers.get("from")).toBe(FROM);
    expect(mail?.messageId).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    expect(again?.messageId).toBe(mail?.messageId ?? "");
    expect(sink.seen("welcome/user/user_1")).toBe(2);
    expect(sink.connections).toBe(1);
  });

  test("sends texts, names and keys of any script as they are", async () => {
    const templates = { greek: { subject: "Καλώς ήρθες, {{name}} 🎉", text: "Γειά σου {{name}}" } };
    const own = email({ from: "Ödmann, Inc. <hello@example.com>", smtpUrl: Redacted.make(sink.url), templates });
    await handle(own, { to: "ada@example.com", template: "greek", data: { name: "Άντα" } }, { key: "p/user/ü 1%" });
    await own.close?.();
    const [mail] = sink.mails;
    expect(mail).toMatchObject({
      from: "hello@example.com",
      subject: "Καλώς ήρθες, Άντα 🎉",
      key: "p/user/%C3%BC%201%25",
    });
    expect(mail).toMatchObject({ text: "Γειά σου Άντα", html: "<p>Γειά σου Άντα</p>" });
    expect(mail?.headers.get("from")).toBe("Ödmann, Inc. <hello@example.com>");
  });

  test("takes the sender that the policy names", async () => {
    await handle(spec, { ...WELCOME, from: "Team, Inc. <team@example.org>" });
    expect(sink.mails[0]).toMatchObject({ from: "team@example.org" });
    expect(sink.mails[0]?.messageId).toEndWith("@example.org>");
    expect(sink.mails[0]?.headers.get("from")).toBe('"Team, Inc." <team@example.org>');
  });

  test.each([
    [550, "data", PermanentFailure],
    [553, "mail", PermanentFailure],
    [550, "recipient", PermanentFailure],
    [552, "data", PermanentFailure],
    [535, "data", TransientFailure],
    [530, "mail", TransientFailure],
    [421, "data", TransientFailure],
    [450, "recipient", TransientFailure],
    [451, "data", TransientFailure],
    [452, "mail", TransientFailure],
  ] as const)(
    "tells by %i to %s whether trying again can help, and repeats nobody's address",
    async (refuse, at, failure) => {
      sink.script.push({ refuse, at });
      const error = await failureOf(spec, WELCOME);
      expect(error).toBeInstanceOf(failure);
      expect(error.message).toBe(`the mail server at 127.0.0.1:${sink.port} answered ${refuse}`);
      await handle(spec, WELCOME);
      expect(sink.mails.length).toBe(1);
    },
  );

  test("takes a wrong password for a fault of the settings, which may be mended", async () => {
    await using asking = await startSmtpSink({ password: "right" });
    const wrong = email({ from: FROM, smtpUrl: `smtp://docket:hunter2@127.0.0.1:${asking.port}` });
    const error = await failureOf(wrong, WELCOME);
    await wrong.close?.();
    expect(error).toBeInstanceOf(TransientFailure);
    expect(error.message).toBe(`the mail server at 127.0.0.1:${asking.port} answered 535`);
    const right = email({ from: FROM, smtpUrl: `smtp://docket:right@127.0.0.1:${asking.port}` });
    await handle(right, WELCOME);
    await right.close?.();
    expect(asking.mails.length).toBe(1);
  });

  test.each(["hang up", "hang up early"] as const)("fails for now after one attempt when servers %s", async (mood) => {
    sink.mood = mood;
    expect(await failureOf(spec, WELCOME)).toBeInstanceOf(TransientFailure);
    expect(sink.seen("welcome/user/user_1")).toBe(mood === "hang up" ? 1 : 0);
    expect(sink.connections).toBe(1);
  });

  test("fails for now, without a word of the password, when no server is there", async () => {
    const nowhere = email({ from: FROM, smtpUrl: "smtp://ada:secret@127.0.0.1:1" });
    const error = await failureOf(nowhere, WELCOME);
    await nowhere.close?.();
    expect(error).toBeInstanceOf(TransientFailure);
    expect(error.message).toBe("the mail server at 127.0.0.1:1 failed: ECONNREFUSED");
  });

  test.each([
    ["554 no service here\r\n", "answered 554"],
    ["", "failed: ECONNECTION"],
  ])("takes a server that greets with %j for one that may come back, and knocks once", async (greeting, what) => {
    let knocks = 0;
    const server = createServer((socket) => {
      knocks += 1;
      socket.end(greeting);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const { port } = server.address() as AddressInfo;
    const rude = email({ from: FROM, smtpUrl: `smtp://127.0.0.1:${port}` });
    const error = await failureOf(rude, WELCOME);
    await rude.close?.();
    server.close();
    expect(error).toEqual(new TransientFailure({ message: `the mail server at 127.0.0.1:${port} ${what}` }));
    expect(knocks).toBe(1);
  });

  test("stops when its signal says so, and leaves the other mails alone", async () => {
    sink.script.push("hang");
    const stuck = failureOf(spec, WELCOME, { signal: AbortSignal.timeout(400) });
    await handle(spec, WELCOME, { key: "welcome/user/user_2" });
    expect(await stuck).toBeInstanceOf(TransientFailure);
    await handle(spec, WELCOME, { key: "welcome/user/user_3" });
    expect(sink.mails.length).toBe(2);
  });

  test("lets go of its connections when it is closed", async () => {
    await handle(spec, WELCOME);
    await spec.close?.();
    expect(await failureOf(spec, WELCOME)).toBeInstanceOf(TransientFailure);
    expect(sink.mails.length).toBe(1);
  });

  test.each([
    [{ to: null, template: "welcome", data: {} }, "nobody to send to"],
    [{ to: "ada", template: "welcome", data: {} }, "no e-mail address"],
    [{ to: "ada@example.com\nBcc: eve@example.com", template: "welcome", data: {} }, "no e-mail address"],
    [{ to: "ada@example.com,eve@example.com", template: "welcome", data: {} }, "no e-mail address"],
    [{ to: "a\u0000da@example.com", template: "welcome", data: {} }, "no e-mail address"],
    [{ to: "ada@example.com", template: "welcom", data: {} }, 'no template is named "welcom"; there are welcome,'],
    [{ to: "ada@example.com", template: "welcome", from: "nobody", data: {} }, "`from` is no sender"],
    [{ to: "ada@example.com", template: "welcome", from: "A\r\nBcc: e@example.com <a@b.c>", data: {} }, "no sender"],
    ["hello", "the payload is no object"],
  ])("dead-letters %j at once", async (payload, message) => {
    const error = await failureOf(spec, payload as Json);
    expect(error).toBeInstanceOf(PermanentFailure);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("ada");
    expect(sink.connections).toBe(0);
  });
});

describe("email()", () => {
  test.each([
    [{ from: FROM }, "one of smtpUrl and resendApiKey"],
    [{ from: FROM, smtpUrl: "", resendApiKey: "" }, "one of smtpUrl and resendApiKey"],
    [{ from: FROM, smtpUrl: "smtp://a", resendApiKey: "b" }, "one of smtpUrl and resendApiKey"],
    [{ from: "nobody", smtpUrl: "smtp://a" }, "from must be an address"],
    [{ from: FROM, smtpUrl: "http://ada:secret@a" }, "smtpUrl must be of the form"],
    [{ from: FROM, smtpUrl: "smtp://" }, "smtpUrl must be of the form"],
    [{ from: FROM, resendApiKey: "re secret" }, "resendApiKey must be"],
    [{ from: FROM, resendApiKey: "re_1", resendUrl: "nowhere" }, "resendUrl must be"],
  ])("refuses %j when it is made, without a word of secrets", (options, message) => {
    const make = (): HandlerSpec => email(options);
    expect(make).toThrow(message);
    expect(make).not.toThrow("secret");
  });
});
