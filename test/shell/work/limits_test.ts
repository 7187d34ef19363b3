import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { handler } from "../../../src/shell/handler/handler.ts";
import { backoffMs } from "../../../src/shell/work/backoff.ts";
import { Bell } from "../../../src/shell/work/bell.ts";
import { resolveHandlers } from "../../../src/shell/work/resolve_handlers.ts";
import { Slots } from "../../../src/shell/work/slots.ts";

describe("backoffMs()", () => {
  test("doubles from five seconds to an hour", () => {
    expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 1))).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(backoffMs(99, 1)).toBe(3_600_000);
  });

  test("is always between a half and the whole, and never shorter for more failures by the same chance", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        const whole = backoffMs(failures, 1);
        expect(backoffMs(failures, chance)).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        expect(backoffMs(failures, chance)).toBeLessThanOrEqual(whole);
        expect(backoffMs(failures + 1, chance)).toBeGreaterThanOrEqual(backoffMs(failures, chance));
      }),
    );
  });
});

describe("Slots", () => {
  test("counts what is under way, and what was begun lately", async () => {
    const handlers = resolveHandlers({
      few: handler({ concurrency: 2 }, () => undefined),
      slow: handler({ rate: { jobs: 3, per: 40 } }, () => undefined),
    });
    const few = handlers.get("few");
    const slow = handlers.get("slow");
    if (few === undefined || slow === undefined) throw new Error("no handlers");
    const slots = new Slots();
    slots.take("few", false);
    expect(slots.free(few)).toBe(1);
    slots.take("few", false);
    expect(slots.free(few)).toBe(0);
    slots.give("few");
    expect(slots.free(few)).toBe(1);
    for (const _ of [1, 2, 3]) slots.take("slow", true);
    for (const _ of [1, 2, 3]) slots.give("slow");
    expect(slots.free(slow)).toBe(0);
    await Bun.sleep(60);
    expect(slots.free(slow)).toBe(3);
  });
});

describe("Bell", () => {
  test("wakes who sleeps, keeps one awake that it rang before, and lets sleep end by itself", async () => {
    const bell = new Bell();
    const atMs = performance.now();
    bell.ring();
    await bell.sleep(10_000);
    setTimeout(() => bell.ring(), 5);
    await bell.sleep(10_000);
    await bell.sleep(20);
    expect(performance.now() - atMs).toBeWithin(20, 5_000);
  });
});
