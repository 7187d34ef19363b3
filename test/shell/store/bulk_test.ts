import { expect, test } from "bun:test";
import fc from "fast-check";
import { CompiledQuery } from "kysely";
import { bulkOf, queryOf } from "../../../src/shell/store/bulk.ts";
import { eachDatabase } from "../../support/databases.ts";

const COLUMNS = 'id text, "interval" text, count integer, at_ms bigint, is_on boolean, at timestamptz, data jsonb';
const SEPARATORS = ["\u001d", "\u001e", "\u001f"] as const;
const text = fc
  .string({ unit: "grapheme", maxLength: 8 })
  .filter((it) => !["\u0000", ...SEPARATORS].some((character) => it.includes(character)));
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

/** As above, and one of them has what sets cells apart, somewhere. */
const awkward = fc
  .tuple(rows, fc.nat(), fc.constantFrom(...SEPARATORS), text, text)
  .map(([all, place, separator, left, right]) =>
    all.with(place % all.length, { ...(all[0] as (typeof all)[number]), id: `${left}${separator}${right}` }),
  );

eachDatabase("queryOf()", (database) => {
  const bulk = bulkOf(
    COLUMNS,
    (from) => `select x.id, x."interval", x.count, x.at_ms::text, x.is_on, x.at, to_jsonb(x.data) as data from ${from}`,
  );
  const ask = async (given: readonly Record<string, unknown>[], form: "asLines" | "asJson"): Promise<unknown> => {
    const { sql, parameters } = queryOf({ bulk, rows: given });
    expect(sql).toBe(bulk[form]);
    return (await database().db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).rows;
  };
  const wanted = (given: readonly Record<string, unknown>[]): unknown =>
    given.map((it) => ({
      ...it,
      at_ms: it["at_ms"] === null ? null : String(it["at_ms"]),
      at: it["at"] === null ? null : new Date(it["at"] as string),
    }));

  test("says the rows in order, whatever their number, their nulls and their empty texts", async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (given) => expect(await ask(given, "asLines")).toEqual(wanted(given) as unknown[])),
      { numRuns: 25 },
    );
  }, 60_000);

  test("says the same by JSON where a text has what sets cells apart", async () => {
    await fc.assert(
      fc.asyncProperty(awkward, async (given) =>
        expect(await ask(given, "asJson")).toEqual(wanted(given) as unknown[]),
      ),
      { numRuns: 25 },
    );
    const inside = { id: "", data: { [SEPARATORS[0]]: SEPARATORS.slice(1) } };
    const nothing = { interval: null, count: null, at_ms: null, is_on: null, at: null };
    expect(await ask([{ ...nothing, ...inside }], "asLines")).toEqual([{ ...nothing, ...inside }]);
  }, 60_000);
});
