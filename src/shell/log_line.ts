import { Formatter, Logger, References, type Tracer } from "effect";
import { traceIdOf } from "./telemetry/trace_id.ts";
import { CurrentTracing } from "./telemetry/tracing.ts";

/** What a log line says, its details by their names. */
export interface LogLine {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of the message that it is about, or of the job that says it. Undefined while nothing is traced. */
  readonly trace: { readonly traceId: string; readonly spanId: string } | undefined;
}

/** Takes apart what Effect was told to log: objects are details, as annotations are, and all else is the text. */
export function logLineOf({ message, fiber }: Logger.Options<unknown>): LogLine {
  const parts: readonly unknown[] = Array.isArray(message) ? message : [message];
  const text = parts.filter((it) => !isDetails(it)).map(String);
  const details = [fiber.getRef(References.CurrentLogAnnotations), ...parts.filter(isDetails)];
  const fields = Object.fromEntries(details.flatMap((it) => Object.entries(it)));
  return { text: text.join(" "), fields, trace: traceOf(fields, fiber) };
}

function isDetails(part: unknown): part is object {
  return typeof part === "object" && part !== null && !Array.isArray(part) && !(part instanceof Error);
}

function traceOf(fields: Readonly<Record<string, unknown>>, fiber: Logger.Options<unknown>["fiber"]): LogLine["trace"] {
  if (fiber.getRef(CurrentTracing) === null) return undefined;
  const span: Tracer.AnySpan | undefined = fiber.cache.span;
  const svixId = fields["svixId"];
  return span ?? (typeof svixId === "string" ? { traceId: traceIdOf(svixId), spanId: "" } : undefined);
}

/** One line of JSON: when, how bad, what, its details, and the trace. A detail can't take the place of the first three. */
export const jsonLine: Logger.Logger<unknown, string> = Logger.make((options) => {
  const { timestamp, level, cause } = Logger.formatStructured.log(options);
  const { text, fields, trace } = logLineOf(options);
  const head = { timestamp, level, message: text };
  return Formatter.formatJson({ ...head, ...fields, ...head, traceId: trace?.traceId, cause });
});
