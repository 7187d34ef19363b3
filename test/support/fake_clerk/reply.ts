import type { Json, JsonObject } from "../../../src/core/mod.ts";

/** What the fake answers. */
export interface FakeReply {
  readonly status: number;
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: Json): FakeReply {
  return { status: 200, body };
}

export interface ErrorOptions {
  readonly code: string;
  readonly message: string;
  /** The field of the request that is wrong. */
  readonly param?: string;
}

/** An error as Clerk's API has them. */
export function refused(status: number, { code, message, param }: ErrorOptions): FakeReply {
  const error: JsonObject = {
    code,
    message,
    long_message: message,
    ...(param === undefined ? {} : { meta: { param_name: param } }),
  };
  return { status, body: { errors: [error], clerk_trace_id: "d5bb9d2a5ad4bcb4c9c5f0a7b1a6f3e1" } };
}

export function notFound(message: string): FakeReply {
  return refused(404, { code: "resource_not_found", message });
}
