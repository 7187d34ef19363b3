import { Data } from "effect";
import type { Json } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readObject, readObjects, readText } from "../decode/read.ts";
import { PermanentFailure, RateLimited, TransientFailure } from "../handler/failure.ts";
import { retryAfterMsOf } from "../handler/http_call.ts";

/** What went wrong with a call of Clerk's Backend API, by what can help. */
export type ClerkFailure = PermanentFailure | RateLimited | TransientFailure;

/** Clerk itself says that there is no such thing. Whether that is a fault, the caller knows. */
export class ClerkNotFound extends Data.TaggedError("ClerkNotFound")<{
  readonly message: string;
  readonly codes: readonly string[];
}> {}

/** Clerk understood and refused. No retry can help. */
export class ClerkRefusal extends PermanentFailure {
  readonly status: number;
  /** Clerk's error codes, such as `form_param_value_invalid`. */
  readonly codes: readonly string[];

  constructor(options: { readonly message: string; readonly status: number; readonly codes: readonly string[] }) {
    super({ message: options.message });
    this.status = options.status;
    this.codes = options.codes;
  }
}

/** Clerk accepts the key, and not that it is used for this. Somebody may change that, so a retry may help. */
export class ClerkForbidden extends TransientFailure {
  /** Clerk's error codes, such as `organization_not_enabled_in_instance`. */
  readonly codes: readonly string[];

  constructor(options: { readonly message: string; readonly codes: readonly string[] }) {
    super({ message: options.message });
    this.codes = options.codes;
  }
}

/** An answer other than a 2xx. */
export interface ClerkAnswer {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  /** Undefined if it is not JSON. */
  readonly body: Json | undefined;
}

/** Clerk counts requests in windows of ten seconds (its docs, "Rate limits"). */
const RETRY_AFTER_MS_DEFAULT = 10_000;

/**
 * What an answer means. The message has the status, Clerk's error codes and its trace id for support: never Clerk's own
 * words, which may name an e-mail address.
 */
export function failureOf({ status, headers, body }: ClerkAnswer): ClerkFailure | ClerkNotFound {
  const errors = errorsOf(body);
  const message = describe(status, errors, traceOf(body));
  const codes = errors.map(({ code }) => code);
  const retryAfterMs = retryAfterMsOf(headers.get("retry-after"));
  if (status === 429) return new RateLimited({ message, retryAfterMs: retryAfterMs ?? RETRY_AFTER_MS_DEFAULT });
  if (status === 503 && retryAfterMs !== null) return new RateLimited({ message, retryAfterMs });
  if (status === 401) return new TransientFailure({ message: `${message}: check CLERK_SECRET_KEY` });
  if (status === 403) {
    return new ClerkForbidden({
      message: `${message}: check CLERK_SECRET_KEY, and that the instance has the feature`,
      codes,
    });
  }
  if (status >= 500 || status === 408 || status === 425) return new TransientFailure({ message });
  // A proxy's 404, or another server's, says nothing about Clerk: it must not pass for "this user is gone".
  if (status < 400 || errors.length === 0) {
    return new TransientFailure({ message: `${message}, and not as Clerk does: check CLERK_API_URL` });
  }
  return status === 404 ? new ClerkNotFound({ message, codes }) : new ClerkRefusal({ message, status, codes });
}

interface ClerkError {
  readonly code: string;
  /** The field of the request that is wrong. */
  readonly param: string | null;
}

/** `{ errors: [{ code, message, long_message, meta }], clerk_trace_id }`, of which only names are taken. */
function errorsOf(body: Json | undefined): readonly ClerkError[] {
  if (!isJsonObject(body)) return [];
  return readObjects(body, "errors").map((error) => ({
    code: nameOf(readText(error, "code")) ?? "unnamed",
    param: nameOf(readText(readObject(error, "meta") ?? {}, "param_name")),
  }));
}

function traceOf(body: Json | undefined): string | null {
  return isJsonObject(body) ? nameOf(readText(body, "clerk_trace_id")) : null;
}

/** Only what looks like a name of Clerk's making goes into messages. */
function nameOf(text: string | null): string | null {
  return text !== null && /^[\w-]{1,100}$/.test(text) ? text : null;
}

function describe(status: number, errors: readonly ClerkError[], trace: string | null): string {
  const codes = errors.map(({ code, param }) => (param === null ? code : `${code} of ${param}`)).join(", ");
  return `Clerk answered ${status}${codes === "" ? "" : ` ${codes}`}${trace === null ? "" : ` (trace ${trace})`}`;
}
