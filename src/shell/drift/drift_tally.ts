import type { Drifted } from "./find_drift.ts";

/** Something unknown, and how often it was seen since the last time it was written. */
export interface DriftCount extends Drifted {
  readonly seen: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The last message that had it. */
  readonly svixId: string;
}

/** Names held at once: beyond them, new ones are not noted until these are written. */
const NAMES_MAX = 500;

/** Counts in memory, by name. */
export class DriftTally {
  readonly #counts = new Map<string, DriftCount>();

  add(drifted: Drifted, { svixId, receivedAtMs }: { readonly svixId: string; readonly receivedAtMs: number }): void {
    this.#merge({ ...drifted, seen: 1, firstSeenMs: receivedAtMs, lastSeenMs: receivedAtMs, svixId });
  }

  /** All of it; from then on it counts anew. */
  take(): readonly DriftCount[] {
    const taken = [...this.#counts.values()];
    this.#counts.clear();
    return taken;
  }

  /** What could not be written. */
  putBack(counts: readonly DriftCount[]): void {
    for (const count of counts) this.#merge(count);
  }

  #merge(count: DriftCount): void {
    const key = `${count.what} ${count.type} ${count.name}`;
    const before = this.#counts.get(key);
    if (before === undefined) {
      if (this.#counts.size < NAMES_MAX) this.#counts.set(key, count);
      return;
    }
    const newest = count.lastSeenMs >= before.lastSeenMs ? count : before;
    this.#counts.set(key, {
      ...newest,
      seen: before.seen + count.seen,
      firstSeenMs: Math.min(before.firstSeenMs, count.firstSeenMs),
    });
  }
}
