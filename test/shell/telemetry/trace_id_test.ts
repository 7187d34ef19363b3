import { describe, expect, test } from "bun:test";
import { isSampled, readTraceparent, topOf, traceIdOf } from "../../../src/shell/telemetry/trace_id.ts";

describe("traceIdOf()", () => {
  test("is what the README's command line makes of a svix-id", () => {
    // printf %s msg_2abc | sha256sum | cut -c1-32
    expect(traceIdOf("msg_2abc")).toBe("d2d42c09365bf340008c4948e03dc930");
  });
});

describe("isSampled()", () => {
  const ids = Array.from({ length: 10_000 }, (_, number) => traceIdOf(`msg_${number}`));

  test("takes all, none, and about the share that it is told", () => {
    const taken = (share: number): number => ids.filter((id) => isSampled(id, share)).length;
    expect([taken(1), taken(0)]).toEqual([10_000, 0]);
    expect(taken(0.1)).toBeWithin(900, 1_100);
    expect(isSampled("f".repeat(32), 1)).toBe(true);
    expect(isSampled("0".repeat(32), 0)).toBe(false);
  });

  test("takes no trace for a small share that it would not take for a larger one", () => {
    const few = ids.filter((id) => isSampled(id, 0.1));
    expect(few.filter((id) => !isSampled(id, 0.2))).toEqual([]);
  });
});

describe("readTraceparent()", () => {
  const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  const SPAN = "00f067aa0ba902b7";

  test("reads what W3C Trace Context says, of later versions too", () => {
    expect(readTraceparent(`00-${TRACE}-${SPAN}-01`)).toMatchObject({ traceId: TRACE, spanId: SPAN, sampled: true });
    expect(readTraceparent(`cc-${TRACE}-${SPAN}-00-what`)).toMatchObject({ traceId: TRACE, sampled: false });
  });

  test.each([
    null,
    "",
    "00",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-0g`,
  ])("takes %j for none", (header) => {
    expect(readTraceparent(header)).toBeNull();
  });
});

test("topOf() names no parent, which OTLP says by an empty id", () => {
  expect(topOf("abc")).toMatchObject({ traceId: "abc", spanId: "" });
});
