import { createHash } from "node:crypto";
import { Redacted } from "effect";
import { PermanentFailure, RateLimited, TransientFailure } from "./failure.ts";
import { headerKey } from "./header_key.ts";
import { callOut, checkAnswer, discardBody } from "./http_call.ts";
import { type MailTransport, mailboxText } from "./mail.ts";
import { type Secret, wrapSecret } from "./secret.ts";

export interface ResendOptions {
  readonly apiKey: Secret;
  /** @default "https://api.resend.com" */
  readonly url?: string;
}

const RECEIVER = { receiver: "Resend" } as const;
/** Resend's limit (https://resend.com/docs/dashboard/emails/idempotency-keys). */
const KEY_LENGTH_MAX = 256;
/** What a used-up quota is taken to ask for: it comes back by the day or by the month. */
const QUOTA_WAIT_MS = 3_600_000;

/**
 * Sends by Resend's HTTP API, which sends one mail for a key within 24 hours, whatever the number of attempts.
 *
 * @throws {TypeError} If the key is empty or the address is none.
 */
export function resendTransport({ apiKey, url = "https://api.resend.com" }: ResendOptions): MailTransport {
  const token = wrapSecret(apiKey);
  // Said here, since a key that no header can hold would only fail each mail.
  if (!/^[\x21-\x7e]+$/.test(Redacted.value(token)))
    throw new TypeError("email: resendApiKey must be a key of Resend's");
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new TypeError("email: resendUrl must be an address");
  const endpoint = `${url.replace(/\/+$/, "")}/emails`;
  return {
    send: async ({ from, to, subject, text, html, key }, signal) => {
      const headers = {
        authorization: `Bearer ${Redacted.value(token)}`,
        "content-type": "application/json",
        "idempotency-key": shortKey(key),
      };
      const body = JSON.stringify({ from: mailboxText(from), to: [to], subject, text, html });
      const answer = await callOut(
        () => fetch(endpoint, { method: "POST", headers, body, signal, redirect: "manual" }),
        RECEIVER,
      );
      if (answer.ok) await discardBody(answer);
      else checkRefusal(answer, await errorNameIn(answer));
    },
    close: async () => undefined,
  };
}

/** By the names of https://resend.com/docs/api-reference/errors. */
function checkRefusal(answer: Response, name: string | null): void {
  const { status } = answer;
  const message = `Resend answered ${status}${name === null ? "" : ` (${name})`}`;
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 405:
      throw new TransientFailure({ message: `${message}: check the API key, its rights, the domain and the address` });
    case 409:
      // Resend took a mail under this key, which says something else by now: the same key never gets it another.
      if (name === "invalid_idempotent_request") {
        throw new PermanentFailure({ message: `${message}: it has a mail under this job's key, with other content` });
      }
      throw new TransientFailure({ message: `${message}: it is still at an earlier attempt` });
    case 429:
      if (name?.endsWith("_quota_exceeded")) throw new RateLimited({ message, retryAfterMs: QUOTA_WAIT_MS });
      break;
    case 422:
    case 400:
      throw new PermanentFailure({ message });
  }
  checkAnswer(answer, RECEIVER);
}

/** The name of what is wrong; null if the answer has none. Its words are not read: they may repeat an address. */
async function errorNameIn(answer: Response): Promise<string | null> {
  try {
    const { name } = (await answer.json()) as { readonly name?: unknown };
    return typeof name === "string" && /^[a-z_]{1,60}$/.test(name) ? name : null;
  } catch {
    return null;
  }
}

function shortKey(key: string): string {
  const it = headerKey(key);
  return it.length <= KEY_LENGTH_MAX ? it : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}
