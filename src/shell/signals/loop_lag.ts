import { Histogram } from "./histogram.ts";

const EVERY_MS = 100;
const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] as const;

/** How late timers come, which is how long whatever else is due has to wait: for signatures, for large bodies, for PGlite. */
export class LoopLag {
  readonly #lags = new Histogram(BOUNDS_MS);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Measures from now on. Keeps no process alive. */
  start(): void {
    let expectedMs = performance.now() + EVERY_MS;
    this.#timer ??= setInterval(() => {
      const nowMs = performance.now();
      this.#lags.observe(nowMs - expectedMs);
      expectedMs = nowMs + EVERY_MS;
    }, EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get lags(): Histogram {
    return this.#lags;
  }
}
