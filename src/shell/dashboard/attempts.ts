/** How often somebody may guess the token. */
export interface Attempts {
  /** Counts one, and gives 0; or how many seconds to wait before the next. */
  take(address: string, nowMs: number): number;
}

const WINDOW_MS = 60_000;
/** In one window, of one address; and of all, which also bounds what is kept. */
const ATTEMPTS_MAX = 10;
const ATTEMPTS_OF_ALL_MAX = 100;

/** Counts attempts a minute: behind a proxy all come from one address, and share it. */
export function makeAttempts(): Attempts {
  let windowEndMs = 0;
  let ofAll = 0;
  const byAddress = new Map<string, number>();
  return {
    take: (address, nowMs) => {
      if (nowMs >= windowEndMs) {
        windowEndMs = nowMs + WINDOW_MS;
        ofAll = 0;
        byAddress.clear();
      }
      const taken = byAddress.get(address) ?? 0;
      if (taken >= ATTEMPTS_MAX || ofAll >= ATTEMPTS_OF_ALL_MAX) return Math.ceil((windowEndMs - nowMs) / 1_000);
      byAddress.set(address, taken + 1);
      ofAll += 1;
      return 0;
    },
  };
}
