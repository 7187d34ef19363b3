import { Redacted } from "effect";
import { Webhook } from "svix";
import type { TriggerMessage } from "./trigger_message.ts";

/** What came of one message. */
export interface Delivery {
  readonly message: TriggerMessage;
  /** The last answer's status, or 0 if there was none. */
  readonly status: number;
  /** The outcome or error code that the answer names, else what went wrong. */
  readonly outcome: string;
  /** What the answer says to do, if it was refused. */
  readonly advice: string | undefined;
  readonly attempts: number;
  readonly durationMs: number;
}

/** Nobody listens at the address, so that no other message will arrive either. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

export interface DeliverOptions {
  readonly url: string;
  readonly secret: Redacted.Redacted<string>;
  /** As long as Svix waits for an answer. @default 15000 */
  readonly timeoutMs?: number;
  /** How often a message is tried when the answer is 503 or 429. @default 4 */
  readonly attemptsMax?: number;
  /** Longest wait before another try, whatever Retry-After says. @default 10000 */
  readonly retryWaitMaxMs?: number;
}

/** Signs one message and sends it, again if the server asks for that. Rejects only with an {@link UnreachableError}. */
export async function deliver(message: TriggerMessage, options: DeliverOptions): Promise<Delivery> {
  const { attemptsMax = 4, retryWaitMaxMs = 10_000 } = options;
  const startMs = performance.now();
  for (let attempts = 1; ; attempts++) {
    const answer = await post(message, options);
    const waitMs = answer.retryAfterMs;
    if (waitMs === undefined || attempts >= attemptsMax) {
      const { status, outcome, advice } = answer;
      return { message, status, outcome, advice, attempts, durationMs: Math.round(performance.now() - startMs) };
    }
    await Bun.sleep(Math.min(waitMs, retryWaitMaxMs));
  }
}

interface Answer extends Pick<Delivery, "status" | "outcome" | "advice"> {
  /** Set when the server wants the message again, later. */
  readonly retryAfterMs: number | undefined;
}

async function post(message: TriggerMessage, options: DeliverOptions): Promise<Answer> {
  const { url, secret, timeoutMs = 15_000 } = options;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...signatureHeaders(message, secret) },
      body: message.body,
      // A redirect is a failure to Svix as well.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { outcome, advice } = readAnswer(response.status, await response.text());
    return { status: response.status, outcome, advice, retryAfterMs: retryAfterOf(response) };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (UNREACHABLE.has(code)) throw new UnreachableError(code, { cause });
    const timedOut = cause instanceof Error && cause.name === "TimeoutError";
    return { status: 0, outcome: timedOut ? "timeout" : code || "failed", advice: undefined, retryAfterMs: undefined };
  }
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ConnectionRefused",
  "ECONNREFUSED",
  "FailedToOpenSocket",
  "DNSError",
  "ENOTFOUND",
]);

/** The headers that Svix sends, signed as of now. */
export function signatureHeaders(
  message: Pick<TriggerMessage, "id" | "body">,
  secret: Redacted.Redacted<string>,
): Readonly<Record<string, string>> {
  const signedAt = new Date();
  return {
    "svix-id": message.id,
    "svix-timestamp": String(Math.floor(signedAt.getTime() / 1_000)),
    "svix-signature": new Webhook(Redacted.value(secret)).sign(message.id, signedAt, message.body),
  };
}

function readAnswer(status: number, text: string): Pick<Answer, "outcome" | "advice"> {
  try {
    const body = JSON.parse(text) as {
      readonly outcome?: unknown;
      readonly error?: { readonly code?: unknown; readonly message?: unknown };
    } | null;
    const outcome = body?.outcome ?? body?.error?.code;
    const advice = body?.error?.message;
    return {
      outcome: typeof outcome === "string" ? outcome : String(status),
      advice: typeof advice === "string" ? advice : undefined,
    };
  } catch {
    return { outcome: String(status), advice: undefined };
  }
}

function retryAfterOf(response: Response): number | undefined {
  if (response.status !== 503 && response.status !== 429) return undefined;
  const header = response.headers.get("retry-after") ?? "1";
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : 1_000;
}
