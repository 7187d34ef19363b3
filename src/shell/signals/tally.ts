import { Histogram } from "./histogram.ts";

/** What is counted of messages and jobs. `received` is all that got an answer, whatever it was. */
export const COUNT_NAMES = [
  "received",
  "applied",
  "stale",
  "duplicate",
  "ignored",
  "foreign",
  "quarantined",
  "effectsDone",
  "effectsFailed",
] as const;
export type CountName = (typeof COUNT_NAMES)[number];
export type Counts = Readonly<Record<CountName, number>>;

/**
 * The lags, in milliseconds. `late`: how much newer what was on file already was than a stale message, which is how far
 * out of order it came.
 */
export const LAG_NAMES = ["happenedToReceived", "receivedToApplied", "appliedToEffect", "late"] as const;
export type LagName = (typeof LAG_NAMES)[number];

/** What was counted over some time. Changed in place by its owner alone: counting must cost next to nothing. */
export class Tally {
  readonly #counts: Record<CountName, number>;
  readonly #lags: Readonly<Record<LagName, Histogram>>;

  constructor(counts?: Partial<Counts>, lags?: Partial<Record<LagName, Histogram>>) {
    this.#counts = { ...NOTHING, ...counts };
    const lagOf = (name: LagName): Histogram => lags?.[name] ?? new Histogram();
    this.#lags = {
      happenedToReceived: lagOf("happenedToReceived"),
      receivedToApplied: lagOf("receivedToApplied"),
      appliedToEffect: lagOf("appliedToEffect"),
      late: lagOf("late"),
    };
  }

  count(name: CountName, more = 1): void {
    this.#counts[name] += more;
  }

  /** In milliseconds. */
  observe(name: LagName, lagMs: number): void {
    this.#lags[name].observe(lagMs);
  }

  get counts(): Counts {
    return this.#counts;
  }

  lag(name: LagName): Histogram {
    return this.#lags[name];
  }

  get isEmpty(): boolean {
    return COUNT_NAMES.every((name) => this.#counts[name] === 0);
  }

  /** A copy that goes on by itself. */
  copy(): Tally {
    const lags = Object.fromEntries(LAG_NAMES.map((name) => [name, this.#lags[name].copy()]));
    return new Tally(this.#counts, lags);
  }

  /** What was counted since `before`, an earlier copy of this one. */
  since(before: Tally): Tally {
    const counts = Object.fromEntries(COUNT_NAMES.map((name) => [name, this.#counts[name] - before.#counts[name]]));
    const lags = Object.fromEntries(LAG_NAMES.map((name) => [name, this.#lags[name].since(before.#lags[name])]));
    return new Tally(counts, lags);
  }

  /** Counts what another one counted. */
  add(other: Tally): void {
    for (const name of COUNT_NAMES) this.#counts[name] += other.#counts[name];
    for (const name of LAG_NAMES) this.#lags[name].add(other.#lags[name]);
  }
}

const NOTHING: Counts = {
  received: 0,
  applied: 0,
  stale: 0,
  duplicate: 0,
  ignored: 0,
  foreign: 0,
  quarantined: 0,
  effectsDone: 0,
  effectsFailed: 0,
};
