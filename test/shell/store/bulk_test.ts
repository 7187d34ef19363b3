import { expect, test } from "bun:test";
import fc from "fast-check";
import { CompiledQuery } from "kysely";
import { bulkOf, queriesOf } from "../../../src/shell/store/bulk.ts";
import { eachDatabase } from "../../support/databases.ts";

const COLUMNS = 'id text, "interval" text, count integer, at_ms bigint, is_on boolean, at timestamptz, data jsonb';
const text = fc.string({ unit: "grapheme", maxLength: 8 }).filter((it) => !it.includes("\u0000"));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary);
const row = fc.record({
  id: text,
  interval: maybe(text),
  count: maybe(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  at_ms: maybe(fc.maxSafeInteger()),
  is_on: maybe(fc.boolean()),
  at: maybe(fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString())),
  data: maybe(
    fc.oneof(text, fc.boolean(), fc.array(text, { maxLength: 3 }), fc.dictionary(text, text, { maxKeys: 3 })),
  ),
});
/** Some columns are null in all rows. */
const rows = fc
  .tuple(
    fc.array(row, { minLength: 1, maxLength: 140, size: "max" }),
    fc.subarray(["interval", "count", "at_ms", "at", "data"]),
  )
  .map(([all, unsaid]) =>
    all.map((it) => ({ ...it, ...Object.fromEntries(unsaid.map((name) => [name, null])) }) as typeof it),
  );

eachDatabase("queriesOf()", (database) => {
  test("says the same rows in order, as cells and as JSON, whatever their number and their nulls", async () => {
    const bulk = bulkOf(
      COLUMNS,
      (from) =>
        `select x.id, x."interval", x.count, x.at_ms::text, x.is_on, x.at, to_jsonb(x.data) as data from ${from}`,
    );
    const ask = async (given: readonly Record<string, unknown>[], keepsPlans: boolean): Promise<readonly unknown[]> => {
      const found: unknown[] = [];
      for (const { sql, parameters } of queriesOf({ bulk, rows: given }, keepsPlans)) {
        found.push(...(await database().db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).rows);
      }
      return found;
    };
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const expected = given.map((it) => ({
          ...it,
          at_ms: it.at_ms === null ? null : String(it.at_ms),
          at: it.at === null ? null : new Date(it.at),
        }));
        expect(await ask(given, true)).toEqual(expected);
        expect(await ask(given, false)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
    // Whatever comes, few statements are kept.
    expect(bulk.forms.size).toBeLessThanOrEqual(20);
  }, 60_000);
});
