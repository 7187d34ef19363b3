import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  decideQuiet,
  HOUR_MS,
  type Quiet,
  REMEMBERED_MS,
  type Rhythm,
} from "../../../src/shell/silence/decide_quiet.ts";

const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5);
const AFTER_MS = 600_000;

/** The rhythm that a list of receipts makes, in their order. */
function rhythmOf(receiptsMs: readonly number[], type = "user.updated"): Rhythm {
  const hours = new Map<number, { startMs: number; messages: number; gapMs: number }>();
  const lastAtMs = receiptsMs.at(-1) ?? 0;
  receiptsMs.forEach((atMs, index) => {
    const startMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    if (startMs < lastAtMs - REMEMBERED_MS) return;
    const { messages, gapMs } = hours.get(startMs) ?? { messages: 0, gapMs: 0 };
    const gap = atMs - (receiptsMs[index - 1] ?? atMs);
    hours.set(startMs, { startMs, messages: messages + 1, gapMs: Math.max(gapMs, gap) });
  });
  return { type, firstAtMs: receiptsMs[0] ?? 0, lastAtMs, hours: [...hours.values()] };
}

function decide(receiptsMs: readonly number[], nowMs: number, more: { type?: string; listeningSinceMs?: number } = {}) {
  const { type = "user.updated", listeningSinceMs = 0 } = more;
  return decideQuiet([rhythmOf(receiptsMs, type)], { nowMs, listeningSinceMs, afterMs: AFTER_MS });
}

/** What came until a moment. */
function until(receiptsMs: readonly number[], nowMs: number): readonly number[] {
  return receiptsMs.filter((atMs) => atMs <= nowMs);
}

/** A week of the hours in which something happens, and how many messages each of them then has, by chance. */
interface Habit {
  readonly hours: readonly boolean[];
  readonly perHour: readonly number[];
}

const habits: fc.Arbitrary<Habit> = fc.record({
  hours: fc.oneof(
    fc.array(fc.boolean(), { minLength: 168, maxLength: 168 }),
    // Working hours of some days, however long.
    fc
      .record({ days: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), from: fc.nat(12), length: fc.nat(11) })
      .map(({ days, from, length }) =>
        Array.from({ length: 168 }, (_, hour) => {
          const ofDay = hour % 24;
          return days.includes(Math.floor(hour / 24)) && ofDay >= from && ofDay <= from + length;
        }),
      ),
  ),
  perHour: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 7, maxLength: 50 }),
});

function receipts({ hours, perHour }: Habit, weeks: number): readonly number[] {
  const all: number[] = [];
  for (let hour = 0; hour < weeks * 168; hour += 1) {
    if (hours[hour % 168] !== true) continue;
    const count = perHour[hour % perHour.length] ?? 1;
    for (let index = 0; index < count; index += 1) {
      all.push(START_MS + hour * HOUR_MS + Math.floor(((index + 0.5) * HOUR_MS) / count));
    }
  }
  return all;
}

/** Every so often, up to an end. */
function steady(everyMs: number, lengthMs: number): readonly number[] {
  return Array.from({ length: Math.floor(lengthMs / everyMs) }, (_, index) => START_MS + index * everyMs);
}

describe("decideQuiet()", () => {
  test("never takes nights, weekends or any other weekly habit for silence, from the first day on", () => {
    fc.assert(
      fc.property(habits, fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { minLength: 40 }), (habit, weeks) => {
        const all = receipts(habit, 6);
        for (const week of weeks) {
          const nowMs = START_MS + week * WEEK_MS;
          expect(decide(until(all, nowMs), nowMs)).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("always notices in three times its longest wait that a type stopped", () => {
    fc.assert(
      fc.property(habits, fc.integer({ min: 9, max: 28 }), (habit, days) => {
        const all = receipts(habit, 5);
        const heard = until(all, START_MS + days * DAY_MS);
        const { lastAtMs, firstAtMs, hours } = rhythmOf(heard);
        fc.pre(heard.length >= 100 && lastAtMs - firstAtMs >= 8 * DAY_MS);
        fc.pre(hours.reduce((sum, { messages }) => sum + messages, 0) >= 50);
        const longestMs = Math.max(...hours.map(({ gapMs }) => gapMs));
        const nowMs = lastAtMs + Math.max(AFTER_MS, 3 * longestMs) + 1;
        expect(decide(heard, nowMs, { type: "" })).toMatchObject([{ lastAtMs }]);
      }),
    );
  });

  test("notices a steady type that stops after ten minutes, and not before", () => {
    const heard = steady(60_000, 10 * DAY_MS);
    const lastAtMs = heard.at(-1) ?? 0;
    expect(decide(heard, lastAtMs + AFTER_MS - 1)).toEqual([]);
    expect(decide(heard, lastAtMs + AFTER_MS)).toEqual([
      { _tag: "Quiet", type: "user.updated", lastAtMs, because: "gap", usualMs: 60_000 },
    ]);
  });

  test("knows busy hours of other weeks: on a Monday morning it need not wait as long as a weekend is", () => {
    const hours = Array.from({ length: 168 }, (_, hour) => hour < 120 && hour % 24 >= 8 && hour % 24 < 18);
    const stopMs = START_MS + 4 * WEEK_MS + 11 * HOUR_MS;
    const heard = until(receipts({ hours, perHour: [60] }, 6), stopMs);
    expect(decide(heard, stopMs + 0.9 * HOUR_MS)).toEqual([]);
    expect(decide(heard, stopMs + 2 * HOUR_MS)).toMatchObject([{ because: "hours" }]);
    // One week of the others may have been a holiday, two may not.
    const without = (weeks: readonly number[]) =>
      heard.filter((atMs) => !weeks.includes(Math.floor((atMs - START_MS) / WEEK_MS)));
    expect(decide(without([2]), stopMs + 2 * HOUR_MS)).toHaveLength(1);
    expect(decide(without([1, 2]), stopMs + 2 * HOUR_MS)).toEqual([]);
  });

  test("says nothing of what it does not know: a young type, a rare one, one that came in one burst", () => {
    const late = START_MS + 20 * WEEK_MS;
    expect(decide(steady(60_000, 7 * DAY_MS), START_MS + 8 * DAY_MS, { type: "" })).toEqual([]);
    expect(decide(steady(7 * HOUR_MS, 10 * DAY_MS), late, { type: "" })).toEqual([]);
    expect(decide(steady(1_000, HOUR_MS), late, { type: "" })).toEqual([]);
    expect(decideQuiet([], { nowMs: late, listeningSinceMs: 0, afterMs: AFTER_MS })).toEqual([]);
  });

  test("counts only the time in which it listened", () => {
    const heard = steady(60_000, 10 * DAY_MS);
    const listeningSinceMs = (heard.at(-1) ?? 0) + DAY_MS;
    expect(decide(heard, listeningSinceMs + AFTER_MS - 1, { listeningSinceMs })).toEqual([]);
    expect(decide(heard, listeningSinceMs + AFTER_MS, { listeningSinceMs })).toHaveLength(1);
  });

  test("takes a type that is gone for a week to have ended, and never so the whole source", () => {
    const heard = steady(60_000, 10 * DAY_MS);
    const nowMs = (heard.at(-1) ?? 0) + 100 * DAY_MS;
    expect(decide(heard, nowMs)).toEqual([]);
    expect(decide(heard, nowMs, { type: "" })).toHaveLength(1);
    const both: readonly Quiet[] = decideQuiet([rhythmOf(heard, "b"), rhythmOf(heard, "")], {
      nowMs: (heard.at(-1) ?? 0) + DAY_MS,
      listeningSinceMs: 0,
      afterMs: AFTER_MS,
    });
    expect(both.map(({ type }) => type)).toEqual(["", "b"]);
  });
});
