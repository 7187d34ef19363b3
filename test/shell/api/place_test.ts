import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readPlace, writeCursor } from "../../../src/shell/api/place.ts";

describe("readPlace()", () => {
  test("always gives back the place that a cursor was made of", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 253_402_300_799_999 }),
        fc.string({
          minLength: 1,
          maxLength: 255,
          unit: fc.integer({ min: 0x20, max: 0x7e }).map((it) => String.fromCharCode(it)),
        }),
        fc.integer({ min: 1, max: 999 }),
        (atMs, id, micros) => {
          expect(readPlace(writeCursor({ atMs, id }))).toEqual({ atMs, id });
          expect(readPlace(writeCursor({ atMs, micros, id }))).toEqual({ atMs, micros, id });
          expect(encodeURIComponent(writeCursor({ atMs, id }))).toBe(writeCursor({ atMs, id }));
        },
      ),
    );
  });

  test.each([
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T12:00Z", Date.UTC(2026, 0, 31, 12)],
    ["2026-01-31T12:00:00.5Z", Date.UTC(2026, 0, 31, 12, 0, 0, 500)],
    ["2026-01-31T12:00:00+02:00", Date.UTC(2026, 0, 31, 10)],
    ["0000-01-01", 0],
  ])("reads %s", (text, atMs) => {
    expect(readPlace(text)).toEqual({ atMs, id: "" });
  });

  test("always takes anything else for malformed", () => {
    fc.assert(fc.property(fc.string(), (text) => readPlace(`?${text}`) === undefined));
    for (const text of [
      "2026-13-01",
      "2026-02-29",
      "2026-01-31T25:00:00Z",
      "1.",
      ".bXNn",
      "1.bXNn=",
      "1.AA",
      "1.bXNnX",
      "1_000.bXNn",
      "1_12.bXNn",
      "1_.bXNn",
    ]) {
      expect([text, readPlace(text)]).toEqual([text, undefined]);
    }
  });
});
