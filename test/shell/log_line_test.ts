import { describe, expect, test } from "bun:test";
import { Effect, Logger } from "effect";
import { jsonLine } from "../../src/shell/log_line.ts";
import { traceIdOf } from "../../src/shell/telemetry/trace_id.ts";
import { CurrentTracing, makeTracing } from "../../src/shell/telemetry/tracing.ts";

/** What is logged, as lines. */
function linesOf(effect: Effect.Effect<void>): readonly Readonly<Record<string, unknown>>[] {
  const lines: string[] = [];
  const logger = Logger.map(jsonLine, (line) => void lines.push(line));
  Effect.runSync(Effect.provide(effect, Logger.layer([logger])));
  return lines.map((line) => JSON.parse(line));
}

describe("a log line", () => {
  test("is one line of JSON with its details by their names, annotations too", () => {
    const [line] = linesOf(Effect.annotateLogs(Effect.logWarning("Two\nlines", { jobKey: "a/b" }), { role: "worker" }));
    expect(line).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: "WARN",
      message: "Two\nlines",
      role: "worker",
      jobKey: "a/b",
    });
  });

  test("lets no detail take the place of when, how bad and what", () => {
    const [line] = linesOf(Effect.logError("What", { message: "else", level: "INFO", timestamp: 0 }));
    expect(line).toMatchObject({ message: "What", level: "ERROR", timestamp: expect.any(String) });
  });

  test("says what an error is, a list and a cause", () => {
    const [error, list, cause] = linesOf(
      Effect.logInfo(new TypeError("odd")).pipe(
        Effect.andThen(Effect.logInfo("several", [1, 2])),
        Effect.andThen(Effect.die("why").pipe(Effect.catchCause((it) => Effect.logInfo("ended", it)))),
      ),
    );
    expect(error?.["message"]).toBe("TypeError: odd");
    expect(list?.["message"]).toBe("several 1,2");
    expect(cause).toMatchObject({ message: "ended", cause: expect.stringContaining("why") });
  });

  test("says the trace of the message that it is about, while there are traces", () => {
    const about = Effect.logInfo("About it", { svixId: "msg_1" });
    expect(linesOf(about)[0]).not.toHaveProperty("traceId");
    const tracer = { span: () => expect.unreachable() };
    const tracing = makeTracing({ tracer, now: () => 0n, sampled: 1 });
    const traced = Effect.provideService(Effect.andThen(about, Effect.logInfo("Not")), CurrentTracing, tracing);
    expect(linesOf(traced).map((it) => it["traceId"])).toEqual([traceIdOf("msg_1"), undefined]);
  });
});
