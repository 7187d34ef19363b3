const FIRST_MS = 5_000;
const MOST_MS = 3_600_000;

/**
 * Milliseconds until the next attempt: 5 seconds after the first failure, twice that after each further one, an hour
 * at most; of that between a half and the whole, by `chance` from 0 to 1, so that what failed together does not come
 * back together.
 */
export function backoffMs(failures: number, chance: number): number {
  const most = Math.min(FIRST_MS * 2 ** Math.min(Math.max(failures - 1, 0), 30), MOST_MS);
  return Math.round(most * (0.5 + chance / 2));
}
