/** Upper bounds of the buckets, in milliseconds: from a moment to three days, which no lag of interest leaves. */
export const LAG_BOUNDS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
  3_600_000, 10_800_000, 43_200_000, 86_400_000, 259_200_000,
] as const;

/** How many values fell where. One bucket more than there are bounds: for what is above all of them. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #total = 0;
  #sum = 0;

  constructor(bounds: readonly number[] = LAG_BOUNDS_MS, counts?: readonly number[]) {
    this.bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, (_, index) => counts?.[index] ?? 0);
    this.#total = this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Counts a value. Clocks differ: what is below 0 is taken for 0, and what is no number is not counted. */
  observe(value: number): void {
    if (Number.isNaN(value)) return;
    const known = Math.max(0, value);
    let place = 0;
    while (place < this.bounds.length && known > (this.bounds[place] ?? 0)) place += 1;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total += 1;
    this.#sum += known;
  }

  /** By bucket, not cumulated. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  get total(): number {
    return this.#total;
  }

  /** Of all values; 0 where only counts are known. */
  get sum(): number {
    return this.#sum;
  }

  /** A copy that goes on by itself. */
  copy(): Histogram {
    const copy = new Histogram(this.bounds, this.#counts);
    copy.#sum = this.#sum;
    return copy;
  }

  /** What was counted since `before`, an earlier copy of this one. */
  since(before: Histogram): Histogram {
    return new Histogram(
      this.bounds,
      this.#counts.map((count, index) => count - (before.#counts[index] ?? 0)),
    );
  }

  /** Counts what another one with the same bounds counted. */
  add(other: Histogram): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index] = (this.#counts[index] ?? 0) + count;
    this.#total += other.#total;
    this.#sum += other.#sum;
  }

  /** The value that this part (0 to 1) of all does not exceed, as far as the buckets tell. Null: there are none. */
  quantile(part: number): number | null {
    if (this.#total === 0) return null;
    const wanted = part * this.#total;
    let below = 0;
    for (const [index, count] of this.#counts.entries()) {
      if (count > 0 && below + count >= wanted) {
        const low = index === 0 ? 0 : (this.bounds[index - 1] ?? 0);
        const high = this.bounds[index] ?? low;
        return low + ((high - low) * (wanted - below)) / count;
      }
      below += count;
    }
    return this.bounds.at(-1) ?? null;
  }
}

/** What plots show of a histogram. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Rounded to whole milliseconds. Null: nothing was counted. */
export function percentilesOf(histogram: Histogram): Percentiles | null {
  if (histogram.total === 0) return null;
  const at = (part: number): number => Math.round(histogram.quantile(part) ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
