/** The items in batches of these sizes, in turns. */
export function batched<T>(items: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  for (let at = 0, turn = 0; at < items.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(items.slice(at, at + size));
    at += size;
  }
  return batches;
}
