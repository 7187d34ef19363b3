import type { ErrorCode, Reply } from "./reply.ts";

/** What Docket could not do for you in this process, as its API would say it. */
export class DocketError extends Error {
  override readonly name = "DocketError";
  readonly code: ErrorCode;
  /** When to try again, milliseconds. Undefined: no retry helps, or it may come at any time. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { readonly retryAfterMs?: number | undefined } = {}) {
    super(message);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error that a reply is; undefined if it is none. */
export function errorOf({
  body,
  retryAfterSeconds,
}: Pick<Reply, "retryAfterSeconds"> & { readonly body: object }): DocketError | undefined {
  if (!("error" in body)) return undefined;
  const { code, message } = (body as Extract<Reply["body"], { readonly error: object }>).error;
  const retryAfterMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000;
  return new DocketError(code, message, { retryAfterMs });
}
