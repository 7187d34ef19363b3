/**
 * Chance that repeats itself: every value depends on its key alone, never on what was drawn before it.
 *
 * @module
 */

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Clerk's ids are KSUIDs: 27 characters, of which the first is a 3 in these years. */
const ID_LENGTH = 27;

/** A source of numbers in [0, 1): the same numbers in the same order for the same key. */
export function draws(key: string): () => number {
  // sfc32, a small generator with 128 bits of state, so that a million keys do not meet by chance.
  let [a, b, c, counter] = hash128(key);
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
}

/** An id as Clerk makes them, such as `user_3Rds8RZUrl0GTm4sFOfHmRmcg7W`. */
export function exampleId(prefix: string, key: string): string {
  return `${prefix}3${characters(`${prefix}${key}`, { alphabet: BASE62, length: ID_LENGTH - 1 })}`;
}

export interface CharactersOptions {
  readonly alphabet: string;
  readonly length: number;
}

/** `length` characters of `alphabet`. */
export function characters(key: string, options: CharactersOptions): string {
  const next = draws(key);
  const { alphabet, length } = options;
  return Array.from({ length }, () => alphabet.charAt(Math.floor(next() * alphabet.length))).join("");
}

/** A whole number from `min` to `max`, both included. */
export function integerBetween(key: string, range: readonly [min: number, max: number]): number {
  const [min, max] = range;
  return min + Math.floor(draws(key)() * (max - min + 1));
}

/** One item of a list that is not empty. */
export function pickOne<T>(key: string, items: readonly [T, ...T[]]): T {
  return items[integerBetween(key, [0, items.length - 1])] ?? items[0];
}

/** The same items in an order that only `key` decides. */
export function shuffled<T>(key: string, items: readonly T[]): readonly T[] {
  const next = draws(key);
  return items
    .map((item) => ({ item, rank: next() }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ item }) => item);
}

function hash128(text: string): [number, number, number, number] {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ code, 597_399_067);
    b = c ^ Math.imul(b ^ code, 2_869_860_233);
    c = d ^ Math.imul(c ^ code, 951_274_213);
    d = a ^ Math.imul(d ^ code, 2_716_044_179);
  }
  a = Math.imul(c ^ (a >>> 18), 597_399_067);
  b = Math.imul(d ^ (b >>> 22), 2_869_860_233);
  c = Math.imul(a ^ (c >>> 17), 951_274_213);
  d = Math.imul(b ^ (d >>> 19), 2_716_044_179);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a];
}
