import { Effect, Redacted } from "effect";
import { readAppConfig } from "../app_config.ts";
import { UsageError } from "./usage_error.ts";

/** The service is there and refuses. The message says why, in its words. */
export class Refusal extends UsageError {
  /** As in `{ error: { code } }`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  /** True where another question may well be answered: what is refused is this one. */
  get isOfThis(): boolean {
    return this.code === "not_found" || this.code === "conflict";
  }
}

export interface AskOptions {
  /** Where the service runs. @default `http://localhost:$PORT` */
  readonly url?: string;
  /** `POST` has something done. @default "GET" */
  readonly method?: "GET" | "POST";
  /** What is left undefined is not sent. */
  readonly parameters?: Readonly<Record<string, string | number | undefined>>;
  /** What the service may take longer than usual. @default 0 */
  readonly patienceMs?: number;
}

const TIMEOUT_MS = 15_000;

/**
 * Asks the running service for the JSON at `path`, with DOCKET_ADMIN_TOKEN if there is one. Rejects with a
 * {@link UsageError} that says what to do, or a `SettingError`.
 */
export async function ask(path: string, options: AskOptions): Promise<object> {
  const { url, method = "GET", parameters = {}, patienceMs = 0 } = options;
  const { PORT, DOCKET_ADMIN_TOKEN } = process.env;
  // Only what it takes to ask: no signing secret is needed, in production neither.
  const { port, adminToken } = await Effect.runPromise(readAppConfig({ PORT, DOCKET_ADMIN_TOKEN }));
  const base = url ?? `http://localhost:${port}`;
  if (!/^https?:$/.test(URL.parse(base)?.protocol ?? "")) {
    throw new UsageError(`Cannot ask "${base}": --url must be an http or https address`);
  }
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  const query = given.length === 0 ? "" : `?${new URLSearchParams(Object.fromEntries(given))}`;
  const response = await send(`${base.replace(/\/+$/, "")}${path}${query}`, {
    base,
    method,
    limitMs: TIMEOUT_MS + patienceMs,
    headers: adminToken === undefined ? {} : { authorization: `Bearer ${Redacted.value(adminToken)}` },
  });
  return readAnswer(response, base);
}

interface SendOptions {
  readonly base: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

async function send(address: string, { base, method, headers, limitMs }: SendOptions): Promise<Response> {
  try {
    // No redirect is followed: the token is for the service alone.
    return await fetch(address, { method, headers, redirect: "manual", signal: AbortSignal.timeout(limitMs) });
  } catch (cause) {
    if (cause instanceof Error && cause.name === "TimeoutError") {
      throw new UsageError(`${base} does not answer: look at the log of the running Docket, and at GET /readyz`);
    }
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no connection";
    throw new UsageError(
      `Nobody answers at ${base} (${code}): start the server first, in another terminal, with \`npm start\` (or \`bun start\`), or name another address with --url`,
    );
  }
}

async function readAnswer(response: Response, base: string): Promise<object> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && typeof body === "object" && body !== null) return body;
  const { code, message } = errorOf(body);
  if (message === undefined) {
    throw new UsageError(`Something other than Docket answers ${response.status} at ${base}: name Docket's with --url`);
  }
  throw new Refusal(code, response.status === 401 ? `${message}: set it here as there` : message);
}

function errorOf(body: unknown): { readonly code: string; readonly message: string | undefined } {
  const { error } = (body ?? {}) as { readonly error?: { readonly code?: unknown; readonly message?: unknown } };
  return { code: String(error?.code), message: typeof error?.message === "string" ? error.message : undefined };
}
