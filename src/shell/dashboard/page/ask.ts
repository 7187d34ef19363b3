import { makeStore } from "./store.ts";

/** The service's own words for why it did not answer as asked. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, { code, message }: { readonly code: string; readonly message: string }) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** True once the service asks to sign in again. */
export const hasSignedOut = makeStore(false);

export interface AskOptions {
  readonly method?: "GET" | "POST";
  readonly signal?: AbortSignal;
  /** Sent as JSON. */
  readonly body?: object;
}

const TIME_LIMIT_MS = 20_000;

/** Asks the API. Rejects with a `Refusal`, whose message says what to do. */
export async function ask<T>(path: string, { method = "GET", signal, body: sent }: AskOptions = {}): Promise<T> {
  const late = AbortSignal.timeout(TIME_LIMIT_MS);
  const asked = fetch(`/v1${path}`, {
    method,
    ...(sent === undefined ? {} : { body: JSON.stringify(sent), headers: { "content-type": "application/json" } }),
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
  });
  const { status, ok, body } = await asked.then(readAnswer).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw new Refusal(0, { code: "unreachable", message: "The service does not answer: is it running?" });
  });
  if (ok) return body as T;
  if (status === 401) hasSignedOut.set(true);
  throw new Refusal(status, errorIn(body));
}

interface Answer {
  readonly status: number;
  readonly ok: boolean;
  readonly body: unknown;
}

/** A proxy's own errors are no JSON. */
async function readAnswer(response: Response): Promise<Answer> {
  const { status, ok } = response;
  return { status, ok, body: ok ? await response.json() : await response.json().catch(() => null) };
}

function errorIn(body: unknown): { readonly code: string; readonly message: string } {
  const error = (body as { readonly error?: { readonly code?: string; readonly message?: string } } | null)?.error;
  return { code: error?.code ?? "unknown", message: error?.message ?? "The service gave no reason: see its log" };
}
