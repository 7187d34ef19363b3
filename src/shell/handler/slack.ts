import { Redacted } from "effect";
import { PermanentFailure } from "./failure.ts";
import { type HandlerSpec, type HandlingOptions, handler } from "./handler.ts";
import { callOut, checkAnswer, discardBody } from "./http_call.ts";
import { objectPayload, textIn } from "./json_payload.ts";
import { type Secret, wrapSecret } from "./secret.ts";

export interface SlackOptions extends HandlingOptions {
  /** The address of an incoming webhook, which is a secret: `https://hooks.slack.com/services/...`. */
  readonly url: Secret;
}

/** Slack cuts longer texts (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
const TEXT_LENGTH_MAX = 40_000;
const RECEIVER = { receiver: "Slack" } as const;

/**
 * Posts the payload's `text` to a channel; it is shown as it is, and links nobody and nothing. Slack knows no idempotency
 * key: should the process die between Slack's answer and its record, the text is posted twice.
 *
 * @throws {TypeError} If `url` is none.
 */
export function slack({ url, ...options }: SlackOptions): HandlerSpec {
  const secret = wrapSecret(url);
  if (!/^https?:$/.test(URL.parse(Redacted.value(secret) ?? "")?.protocol ?? "")) {
    throw new TypeError("slack: url must be the address of an incoming webhook of Slack's");
  }
  // One message a second and channel, says Slack (https://docs.slack.dev/apis/web-api/rate-limits).
  return handler({ rate: { jobs: 1, per: "1 second" }, ...options }, async (payload, { signal }) => {
    const text = textIn(objectPayload(payload, "{ text }"), "text");
    if (text === undefined) throw new PermanentFailure({ message: "the payload has no text" });
    const body = JSON.stringify({ text: slackText(text) });
    const headers = { "content-type": "application/json" };
    const answer = await callOut(
      () => fetch(Redacted.value(secret), { method: "POST", headers, body, signal, redirect: "manual" }),
      RECEIVER,
    );
    await discardBody(answer);
    checkAnswer(answer, RECEIVER);
  });
}

/**
 * The text without what Slack would read as markup (https://docs.slack.dev/messaging/formatting-message-text#escaping),
 * at most as long as Slack takes it.
 */
export function slackText(text: string): string {
  const escaped = text.toWellFormed().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  if (escaped.length <= TEXT_LENGTH_MAX) return escaped;
  // Neither half a character nor half of what stands for one.
  const cut = escaped.slice(0, TEXT_LENGTH_MAX - 1).replace(/(&[a-z]{0,3}|[\ud800-\udbff])$/, "");
  return `${cut}…`;
}
