import type { Tracer } from "effect";
import type { Message } from "../../core/mod.ts";
import type { Reply } from "../reply.ts";
import { begin, describe, end, type Pen } from "./pen.ts";
import { topOf } from "./trace_id.ts";

/** When a delivery came, was whole, and was found to be signed. */
export interface DeliverySteps {
  readonly receivedAt: bigint;
  readonly readAt: bigint;
  readonly verifiedAt: bigint;
}

export interface DeliveryTraceOptions extends DeliverySteps {
  readonly message: Message;
  readonly traceId: string;
  readonly sender: Tracer.ExternalSpan | null;
}

/** Clerk's are far shorter. */
const TYPE_CHARACTERS_MAX = 100;

/** One delivery, from its first byte to its answer. Its steps are written when it ends: until then it costs little. */
export class DeliveryTrace {
  readonly span: Tracer.Span;
  readonly #pen: Pen;
  readonly #options: DeliveryTraceOptions;
  readonly #decodedAt: bigint;
  #batch: { readonly span: Tracer.Span; readonly at: bigint } | null = null;

  /** It was decoded just now. */
  constructor(pen: Pen, options: DeliveryTraceOptions) {
    const { sender, receivedAt, traceId } = options;
    this.#pen = pen;
    this.#options = options;
    this.#decodedAt = pen.now();
    const links = sender === null ? [] : [sender];
    this.span = begin(pen, { name: "webhook", kind: "server", at: receivedAt, parent: topOf(traceId), links });
  }

  /** Its wait is over: this batch writes it. */
  takenBy(span: Tracer.Span, at: bigint): void {
    this.#batch = { span, at };
  }

  end({ status, body }: Reply): void {
    const { message, readAt, verifiedAt } = this.#options;
    const at = this.#pen.now();
    this.span.event("read", readAt);
    this.span.event("verified", verifiedAt);
    this.span.event("decoded", this.#decodedAt);
    if (this.#batch !== null) {
      this.span.event("batched", this.#batch.at);
      this.span.addLinks([{ span: this.#batch.span, attributes: {} }]);
    }
    describe(this.span, {
      "http.request.method": "POST",
      "http.response.status_code": status,
      "docket.svix_id": message.svixId,
      "docket.message.type": message.type?.slice(0, TYPE_CHARACTERS_MAX),
      "docket.entity.kind": "ref" in message ? message.ref.kind : undefined,
      "docket.entity.id": "ref" in message ? message.ref.id : undefined,
      "docket.outcome": "outcome" in body ? body.outcome : undefined,
    });
    end(this.span, { at, fault: "error" in body ? body.error.code : null });
  }
}
