import { Context, type Tracer } from "effect";
import type { Message } from "../../core/mod.ts";
import { AttemptTrace, type TracedJob } from "./attempt_trace.ts";
import { BatchTrace } from "./batch_trace.ts";
import { type DeliverySteps, DeliveryTrace } from "./delivery_trace.ts";
import type { Pen } from "./pen.ts";
import { isSampled, readTraceparent, traceIdOf } from "./trace_id.ts";

/** Makes spans of what is done with messages. Null to what is not sampled. */
export interface Tracing {
  /** Wall clock, in nanoseconds. */
  readonly now: () => bigint;
  /** Of a delivery whose signature is good: a stranger can't write into traces. */
  readonly delivery: (message: Message, options: DeliveryOptions) => DeliveryTrace | null;
  /** Of what is written in one transaction. Null if none of its deliveries has a trace. */
  readonly batch: (deliveries: readonly (DeliveryTrace | null)[]) => BatchTrace | null;
  /** Of one attempt of a job, in the trace of the message that it goes back to. */
  readonly attempt: (job: TracedJob) => AttemptTrace | null;
}

export interface DeliveryOptions extends DeliverySteps {
  /** Of the sender: its span is linked. */
  readonly traceparent: string | null;
}

/** Absent: nothing is traced, and nothing is done for it. */
export const CurrentTracing = Context.Reference<Tracing | null>("docket/shell/Tracing", { defaultValue: () => null });

export interface TracingOptions {
  readonly tracer: Tracer.Tracer;
  /** Wall clock, in nanoseconds. */
  readonly now: () => bigint;
  /** From 0 to 1. */
  readonly sampled: number;
}

export function makeTracing({ tracer, now, sampled }: TracingOptions): Tracing {
  const pen: Pen = { tracer, now };
  return {
    now,
    delivery: (message, { traceparent, ...steps }) => {
      const traceId = traceIdOf(message.svixId);
      if (!isSampled(traceId, sampled)) return null;
      return new DeliveryTrace(pen, { message, traceId, sender: readTraceparent(traceparent), ...steps });
    },
    batch: (deliveries) => {
      const traces = deliveries.filter((it) => it !== null);
      return traces.length === 0 ? null : new BatchTrace(pen, { messages: deliveries.length, traces });
    },
    attempt: (job) => {
      const traceId = traceIdOf(job.svixId);
      return isSampled(traceId, sampled) ? new AttemptTrace(pen, { job, traceId }) : null;
    },
  };
}
