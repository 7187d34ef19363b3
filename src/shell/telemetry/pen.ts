import { Context, Exit, Option, type Tracer } from "effect";

/** What spans are written with. */
export interface Pen {
  readonly tracer: Tracer.Tracer;
  /** Wall clock, in nanoseconds. */
  readonly now: () => bigint;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: Tracer.SpanKind;
  readonly at: bigint;
  /** Absent: a trace of its own. */
  readonly parent?: Tracer.AnySpan;
  /** @default none */
  readonly links?: readonly Tracer.AnySpan[];
}

/** Begins a span. It is exported when it ends. */
export function begin({ tracer }: Pen, { name, kind, at, parent, links = [] }: SpanStart): Tracer.Span {
  return tracer.span({
    name,
    kind,
    parent: Option.fromUndefinedOr(parent),
    annotations: Context.empty(),
    links: links.map((span) => ({ span, attributes: {} })),
    startTime: at,
    root: parent === undefined,
    sampled: true,
  });
}

/** Ids, names from our own code and counts; never what a payload says, nor an error's words: they repeat it. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function describe(span: Tracer.Span, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) span.attribute(name, value);
}

/** What a span that ends ill is told with: a code of ours, and no stack. */
class Fault extends Error {
  override readonly name = "Fault";
  override readonly stack = "";
}

/** `fault`: a code of ours. Null: it went well. */
export function end(
  span: Tracer.Span,
  { at, fault = null }: { readonly at: bigint; readonly fault?: string | null },
): void {
  span.end(at, fault === null ? Exit.void : Exit.fail(new Fault(fault)));
}
