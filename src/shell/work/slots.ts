import type { ResolvedHandler } from "./resolve_handlers.ts";

/** How many jobs may be under way at once in one process, of all handlers together. */
const JOBS_MAX = 1_000;

/** Counts what is under way, against the limits of handlers and of the process. */
export class Slots {
  readonly #taken = new Map<string, number>();
  /** When jobs of handlers with a rate were begun, oldest first. */
  readonly #begun = new Map<string, number[]>();
  #all = 0;

  /** How many more jobs of the handler may be begun now. */
  free({ name, concurrency, rate }: ResolvedHandler): number {
    const room = Math.min(concurrency - (this.#taken.get(name) ?? 0), JOBS_MAX - this.#all);
    if (rate === null) return Math.max(room, 0);
    const sinceMs = performance.now() - rate.perMs;
    const recent = (this.#begun.get(name) ?? []).filter((atMs) => atMs > sinceMs);
    this.#begun.set(name, recent);
    return Math.max(Math.min(room, rate.jobs - recent.length), 0);
  }

  take(handler: string, isRated: boolean): void {
    this.#all += 1;
    this.#taken.set(handler, (this.#taken.get(handler) ?? 0) + 1);
    if (isRated) this.#begun.set(handler, [...(this.#begun.get(handler) ?? []), performance.now()]);
  }

  give(handler: string): void {
    this.#all -= 1;
    this.#taken.set(handler, (this.#taken.get(handler) ?? 0) - 1);
  }
}
