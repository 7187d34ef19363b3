/** Counts by labels. Of labels that nobody bounds, only so many get a count of their own. */
export class LabelCounts<L extends string> {
  readonly #names: readonly L[];
  readonly #most: number;
  readonly #counts = new Map<string, { readonly labels: Readonly<Record<L, string>>; value: number }>();

  /** `most`: combinations, before all further ones are counted as `other`. */
  constructor(names: readonly L[], most: number) {
    this.#names = names;
    this.#most = most;
  }

  count(values: Readonly<Record<L, string>>): void {
    const found = this.#counts.get(this.#keyOf(values));
    if (found !== undefined) found.value += 1;
    else if (this.#counts.size < this.#most) this.#counts.set(this.#keyOf(values), { labels: values, value: 1 });
    else this.#countOther();
  }

  /** All of them, in the order in which they were first counted. */
  samples(): readonly { readonly labels: Readonly<Record<L, string>>; readonly value: number }[] {
    return [...this.#counts.values()];
  }

  #countOther(): void {
    const labels = Object.fromEntries(this.#names.map((name) => [name, OTHER])) as Record<L, string>;
    const found = this.#counts.get(this.#keyOf(labels));
    if (found === undefined) this.#counts.set(this.#keyOf(labels), { labels, value: 1 });
    else found.value += 1;
  }

  #keyOf(values: Readonly<Record<L, string>>): string {
    return this.#names.map((name) => values[name]).join("\n");
  }
}

/** What stands for all that has no name of its own. */
export const OTHER = "other";
