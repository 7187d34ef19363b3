import type { Tracer } from "effect";
import type { DeliveryTrace } from "./delivery_trace.ts";
import { begin, describe, end, type Pen } from "./pen.ts";

export interface BatchTraceOptions {
  readonly messages: number;
  readonly traces: readonly DeliveryTrace[];
}

/** Links of one span: collectors drop what is over 128. Each delivery links its batch, so none is lost by it. */
const LINKS_MAX = 128;

/** Messages that are written in one transaction, in a trace of its own: it belongs to all of them. */
export class BatchTrace {
  readonly #pen: Pen;
  readonly #span: Tracer.Span;

  constructor(pen: Pen, { messages, traces }: BatchTraceOptions) {
    this.#pen = pen;
    const at = pen.now();
    const links = traces.slice(0, LINKS_MAX).map(({ span }) => span);
    this.#span = begin(pen, { name: "record batch", kind: "internal", at, links });
    describe(this.#span, { "docket.batch.messages": messages });
    for (const trace of traces) trace.takenBy(this.#span, at);
  }

  /** `unwritten`: how many of its messages are to come again. */
  end(unwritten: number): void {
    describe(this.#span, { "docket.batch.unwritten": unwritten });
    end(this.#span, { at: this.#pen.now(), fault: unwritten === 0 ? null : "not_recorded" });
  }
}
