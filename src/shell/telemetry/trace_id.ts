import { createHash } from "node:crypto";
import { Tracer } from "effect";

/**
 * The trace of a message: the first 16 bytes of the SHA-256 of its `svix-id`, in hex. Whoever knows the id knows the
 * trace, so what a message led to is in one trace, in whatever process and however much later, and nothing is stored.
 */
export function traceIdOf(svixId: string): string {
  return createHash("sha256").update(svixId).digest("hex").slice(0, 32);
}

/** Whether a trace is among the share that is exported. By its id alone: all processes agree about it. */
export function isSampled(traceId: string, share: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) < share * 2 ** 52;
}

/** A span at the top of this trace. OTLP says "no parent" by an empty id. */
export function topOf(traceId: string): Tracer.ExternalSpan {
  return Tracer.externalSpan({ traceId, spanId: "", sampled: true });
}

/** The span that a `traceparent` header names, by W3C Trace Context. Null if there is none or it makes no sense. */
export function readTraceparent(header: string | null): Tracer.ExternalSpan | null {
  const [, version, traceId, spanId, flags] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(header ?? "") ?? [];
  if (version === undefined || version === "ff" || traceId === undefined || spanId === undefined) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags ?? "0", 16) & 1) === 1 });
}
