import { Context, Tracer } from "effect";
import type { ClaimedJob } from "../work/claim_jobs.ts";
import type { Outcome } from "../work/settle_jobs.ts";
import { begin, describe, end, type Pen } from "./pen.ts";
import { topOf } from "./trace_id.ts";

/** What a span tells of a job. */
export type TracedJob = Pick<ClaimedJob, "key" | "policy" | "handler" | "ref" | "attempt" | "svixId">;

export interface AttemptTraceOptions {
  readonly job: TracedJob;
  readonly traceId: string;
}

/** One attempt of a job, in the trace of the message that the job goes back to. */
export class AttemptTrace {
  readonly #pen: Pen;
  readonly #span: Tracer.Span;

  constructor(pen: Pen, { job, traceId }: AttemptTraceOptions) {
    this.#pen = pen;
    this.#span = begin(pen, {
      name: `job ${job.policy}`,
      kind: "consumer",
      at: pen.now(),
      parent: topOf(traceId),
    });
    describe(this.#span, {
      "docket.svix_id": job.svixId,
      "docket.job.key": job.key,
      "docket.job.policy": job.policy,
      "docket.job.handler": job.handler,
      "docket.job.attempt": job.attempt,
      "docket.entity.kind": job.ref.kind,
      "docket.entity.id": job.ref.id,
    });
  }

  /** For a handler's own Effects: their spans are below this one, and what they log is of this trace. */
  within(services: Context.Context<never>): Context.Context<never> {
    const traced = Context.add(services, Tracer.Tracer, this.#pen.tracer);
    return Context.add(traced, Tracer.ParentSpan, this.#span) as Context.Context<never>;
  }

  end({ _tag }: Outcome): void {
    const outcome = _tag.toLowerCase();
    describe(this.#span, { "docket.job.outcome": outcome });
    end(this.#span, { at: this.#pen.now(), fault: _tag === "Failed" || _tag === "Dead" ? outcome : null });
  }
}
