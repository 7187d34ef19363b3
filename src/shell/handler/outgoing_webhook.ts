import { createHash } from "node:crypto";
import { Redacted } from "effect";
import { Webhook } from "svix";
import type { Json } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { PermanentFailure, TransientFailure } from "./failure.ts";
import { type HandlerContext, type HandlerSpec, type HandlingOptions, handler } from "./handler.ts";
import { headerKey } from "./header_key.ts";
import { type Answer, callOut, checkAnswer } from "./http_call.ts";
import { objectPayload, textIn } from "./json_payload.ts";
import { postBody } from "./post_body.ts";
import { type Secret, wrapSecret } from "./secret.ts";
import { checkUrl, publicLookup } from "./ssrf_guard.ts";

export interface WebhookOptions extends HandlingOptions {
  /** Where to; without it, the payload's `url`. */
  readonly url?: string;
  /** `whsec_<base64>`, of 24 bytes or more: the receiver verifies with it, as Standard Webhooks say. */
  readonly secret: Secret;
  /** Lets addresses of private networks and of this machine through. @default false */
  readonly allowPrivate?: boolean;
  /** More headers, such as what a gateway before the receiver wants to see. None of the webhook's own. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

const RECEIVER = { receiver: "the webhook's receiver" } as const;
const GONE = 410;
/** The statuses that `checkAnswer` gives a meaning of their own to. */
const SLOW_DOWN = 429;
const SECRET_BYTES_MIN = 24;

/**
 * Sends the payload as a webhook, signed by Standard Webhooks (https://www.standardwebhooks.com): body
 * `{ type, timestamp, data, key, kind, id, asOfMs }`, `type` the policy, `data` the payload, its `url` left out if that
 * is where it goes. `webhook-id` is the same on every attempt, and so is `Idempotency-Key`, which is the job's key. One
 * entity's webhooks go one at a time and in order, unless `order` says otherwise. Redirects are not followed. As that
 * standard asks, whatever is no 2xx is tried again, but for 410, which ends the job at once.
 *
 * @throws {TypeError} If `secret`, `url` or `headers` can't be used.
 */
export function webhook(options: WebhookOptions): HandlerSpec {
  const { url, secret, allowPrivate = false, headers = {}, ...handling } = options;
  const signer = signerOf(secret);
  const more = Redacted.make(checkHeaders(headers));
  if (url !== undefined) checkOwnUrl(url, allowPrivate);
  const target = (payload: Json): string => `webhook ${URL.parse(url ?? urlIn(payload) ?? "")?.origin ?? "nowhere"}`;
  return handler({ order: "entity", target, ...handling }, async (payload, context) => {
    const address = url ?? urlIn(payload);
    if (address === undefined) throw new PermanentFailure({ message: "neither the handler nor the payload has a url" });
    const to = checkUrl(address, { allowPrivate });
    const body = bodyOf(url === undefined ? withoutUrl(payload) : payload, context);
    const sent = {
      headers: { ...Redacted.value(more), ...signed(signer, body, context.key) },
      body,
      signal: context.signal,
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    };
    checkReceived(await callOut(() => postBody(to, sent), RECEIVER));
  });
}

function checkReceived(answer: Answer): void {
  const { status } = answer;
  if (status === GONE) throw new PermanentFailure({ message: "the webhook's receiver is gone (410)" });
  if (status >= 300 && status < 500 && status !== SLOW_DOWN) {
    const why = status < 400 ? ", and redirects are not followed" : "";
    throw new TransientFailure({ message: `${RECEIVER.receiver} answered ${status}${why}` });
  }
  checkAnswer(answer, RECEIVER);
}

function signerOf(secret: Secret): Redacted.Redacted<Webhook> {
  const text = Redacted.value(wrapSecret(secret));
  const bytes = Buffer.from(text.replace(/^whsec_/, ""), "base64").length;
  try {
    if (text.startsWith("whsec_") && bytes >= SECRET_BYTES_MIN) return Redacted.make(new Webhook(text));
  } catch {
    // Said below, without the secret.
  }
  throw new TypeError("webhook: secret must be of the form whsec_<base64>, of 24 bytes or more");
}

function checkOwnUrl(url: string, allowPrivate: boolean): void {
  try {
    checkUrl(url, { allowPrivate });
  } catch (cause) {
    throw new TypeError(`webhook: url can't be used: ${cause instanceof Error ? cause.message : ""}`);
  }
}

const OWN_HEADERS = /^(webhook-.*|idempotency-key|content-.*|host|connection|transfer-encoding|expect|upgrade)$/i;

function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || OWN_HEADERS.test(name)) {
      throw new TypeError(`webhook: headers can't have "${name}"`);
    }
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw new TypeError(`webhook: headers have no text for "${name}"`);
  }
  return headers;
}

function signed(signer: Redacted.Redacted<Webhook>, body: string, key: string): Readonly<Record<string, string>> {
  // An id of Standard Webhooks has no dot, which keys have.
  const id = `msg_${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
  const at = new Date();
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": Redacted.value(signer).sign(id, at, body),
    "idempotency-key": headerKey(key),
  };
}

function bodyOf(data: Json, { policy, asOfMs, key, ref }: HandlerContext): string {
  const timestamp = new Date(asOfMs).toISOString();
  return JSON.stringify({ type: policy, timestamp, data, key, kind: ref.kind, id: ref.id, asOfMs });
}

/** Of a payload that is no object, none: `target` must not throw. */
function urlIn(payload: Json): string | undefined {
  return isJsonObject(payload) ? textIn(payload, "url") : undefined;
}

function withoutUrl(payload: Json): Json {
  const { url: _, ...rest } = objectPayload(payload, "an object with a url");
  return rest;
}
