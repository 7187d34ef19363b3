import { expect } from "bun:test";
import type { ShownRow } from "./mirror.ts";
import type { ExpectedRow } from "./oracle.ts";

/** Fails unless the rows are those that the oracle expects, no more and no fewer. */
export function expectRows(shown: ReadonlyMap<string, ShownRow>, expected: ReadonlyMap<string, ExpectedRow>): void {
  expect([...shown.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, { erased, data, ...row }] of expected) {
    const { data: shownData, ...shownRow } = shown.get(key) as ShownRow;
    expect({ key, ...shownRow }).toEqual({ key, ...row });
    if (!erased) expect({ key, data: shownData }).toEqual({ key, data });
    else if (!key.startsWith("roles/")) expect(JSON.stringify(shownData)).not.toMatch(/red|green|blue|@/);
  }
}
