import type { JsonObject } from "../../../src/core/mod.ts";

/** The rows of one kind, by id and by age. */
export class FakeTable {
  readonly #byId = new Map<string, JsonObject>();
  /** Oldest first. */
  readonly #rows: JsonObject[] = [];

  get size(): number {
    return this.#rows.length;
  }

  get(id: string): JsonObject | undefined {
    return this.#byId.get(id);
  }

  /** The oldest first; those of one millisecond as they came. Not to be changed, and changes with the table. */
  rows(): readonly JsonObject[] {
    return this.#rows;
  }

  /** Puts a row in, or in the place of that with its id. */
  set(row: JsonObject): void {
    const id = String(row["id"]);
    const at = this.indexOf(id);
    this.#byId.set(id, row);
    if (at >= 0) this.#rows[at] = row;
    else this.#rows.splice(this.#lowerBound(ageOf(row) + 1), 0, row);
  }

  delete(id: string): void {
    const at = this.indexOf(id);
    if (at >= 0) this.#rows.splice(at, 1);
    this.#byId.delete(id);
  }

  /** Its place by age; -1 if there is none of this id. */
  indexOf(id: string): number {
    const row = this.#byId.get(id);
    if (row === undefined) return -1;
    for (let at = this.#lowerBound(ageOf(row)); at < this.#rows.length; at += 1) {
      if (this.#rows[at]?.["id"] === id) return at;
    }
    return -1;
  }

  /** The first place whose row is not older than this. */
  #lowerBound(createdAtMs: number): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ageOf(this.#rows[middle] ?? {}) < createdAtMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Its `created_at`, which never changes. */
function ageOf(row: JsonObject): number {
  return Number(row["created_at"]);
}
