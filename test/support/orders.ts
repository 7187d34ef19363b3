/** Every non-empty choice of at most so many of the items, in their order. */
export function* subsets<T>(items: readonly T[], lengthMax: number): Iterable<readonly T[]> {
  for (let bits = 1; bits < 1 << items.length; bits += 1) {
    const subset = items.filter((_, index) => (bits >> index) & 1);
    if (subset.length <= lengthMax) yield subset;
  }
}

/** Every order of the items. */
export function* permutations<T>(items: readonly T[]): Iterable<readonly T[]> {
  if (items.length <= 1) yield items;
  for (const [index, first] of items.entries()) {
    if (items.length === 1) return;
    for (const rest of permutations(items.toSpliced(index, 1))) yield [first, ...rest];
  }
}
