/** Ids of the last moments: the newest so many for certain, and no more than twice as many. */
export class RecentIds {
  readonly #most: number;
  #newer = new Set<string>();
  #older: ReadonlySet<string> = new Set();

  constructor(most: number) {
    this.#most = most;
  }

  add(id: string): void {
    if (this.#newer.size >= this.#most) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id);
  }
}
