import { expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram, LAG_BOUNDS_MS, percentilesOf } from "../../../src/shell/signals/histogram.ts";

const values = fc.array(fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 400_000_000 })), { minLength: 1, maxLength: 60 });

function histogramOf(observed: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of observed) histogram.observe(value);
  return histogram;
}

/** The bounds of the bucket that a value falls into. */
function bucketOf(value: number): readonly [number, number] {
  const index = LAG_BOUNDS_MS.findIndex((bound) => value <= bound);
  const high = index < 0 ? Number.POSITIVE_INFINITY : (LAG_BOUNDS_MS[index] ?? 0);
  return [index === 0 ? 0 : (LAG_BOUNDS_MS.at(index < 0 ? -1 : index - 1) ?? 0), high];
}

test("quantile() always falls into the bucket of the value that is asked for", () => {
  fc.assert(
    fc.property(values, fc.constantFrom(0.5, 0.95, 0.99, 1), (observed, part) => {
      const sorted = observed.toSorted((left, right) => left - right);
      const [low, high] = bucketOf(sorted[Math.ceil(part * sorted.length) - 1] ?? 0);
      expect(histogramOf(observed).quantile(part)).toBeWithin(low, Math.min(high, 1e12) + 1e-6);
    }),
  );
});

test("what was counted before and since is always what was counted in all", () => {
  fc.assert(
    fc.property(values, values, (before, after) => {
      const histogram = histogramOf(before);
      const copy = histogram.copy();
      for (const value of after) histogram.observe(value);
      expect(histogram.since(copy).counts).toEqual(histogramOf(after).counts);
      copy.add(histogramOf(after));
      expect([copy.counts, copy.total, copy.sum]).toEqual([histogram.counts, histogram.total, histogram.sum]);
    }),
  );
});

test("what is below 0 is 0, what is no number is not counted, and of nothing there are no percentiles", () => {
  const histogram = histogramOf([-5, Number.NaN, 0]);
  expect([histogram.total, histogram.sum, histogram.counts[0]]).toEqual([2, 0, 2]);
  expect(percentilesOf(new Histogram())).toBeNull();
  expect(percentilesOf(histogramOf([400_000_000]))).toEqual({ p50: 259_200_000, p95: 259_200_000, p99: 259_200_000 });
});
