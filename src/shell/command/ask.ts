import { Effect, Redacted } from "effect";
import { readAppConfig } from "../app_config.ts";
import { UsageError } from "./usage_error.ts";

export interface AskOptions {
  /** Where the service runs. @default `http://localhost:$PORT` */
  readonly url?: string;
  /** What is left undefined is not sent. */
  readonly parameters?: Readonly<Record<string, string | number | undefined>>;
}

const TIMEOUT_MS = 15_000;

/**
 * Asks the running service for the JSON at `path`, with DOCKET_ADMIN_TOKEN if there is one. Rejects with a
 * {@link UsageError} that says what to do, or a `SettingError`.
 */
export async function ask(path: string, { url, parameters = {} }: AskOptions): Promise<object> {
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
  const response = await get(`${base.replace(/\/+$/, "")}${path}${query}`, {
    base,
    headers: adminToken === undefined ? {} : { authorization: `Bearer ${Redacted.value(adminToken)}` },
  });
  return readAnswer(response, base);
}

interface GetOptions {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function get(address: string, { base, headers }: GetOptions): Promise<Response> {
  try {
    // No redirect is followed: the token is for the service alone.
    return await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
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
  const message = errorOf(body);
  if (message === undefined) {
    throw new UsageError(`Something other than Docket answers ${response.status} at ${base}: name Docket's with --url`);
  }
  throw new UsageError(response.status === 401 ? `${message}: set it here as there` : message);
}

function errorOf(body: unknown): string | undefined {
  const { error } = (body ?? {}) as { readonly error?: { readonly message?: unknown } };
  return typeof error?.message === "string" ? error.message : undefined;
}
