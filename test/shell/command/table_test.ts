import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { escaped, printable } from "../../../src/shell/command/printable.ts";
import { type TableColumn, tableLines } from "../../../src/shell/command/table.ts";

const COLUMNS: readonly TableColumn[] = [
  { name: "id", holds: "id" },
  { name: "name" },
  { name: "nickname" },
  { name: "updated_at", holds: "time" },
];
const ADA = { id: "user_1", name: "Ada", nickname: null, updated_at: "2026-01-31T12:34:56.789Z" };
const ZOE = { id: "user_2", name: "Zoë 漢字漢字漢字", nickname: "", updated_at: null };

describe("tableLines()", () => {
  test("aligns columns under their names, and cuts nothing that need not be", () => {
    expect(tableLines([ADA, ZOE], { columns: COLUMNS, width: undefined })).toEqual([
      "id      name              nickname  updated_at",
      "user_1  Ada               -         2026-01-31 12:34:56Z",
      "user_2  Zoë 漢字漢字漢字  -         -",
    ]);
  });

  test("leaves out empty columns, shortens times, then cuts texts, never ids", () => {
    expect(tableLines([ADA, ZOE], { columns: COLUMNS, width: 32 })).toEqual([
      "id      name         updated_at",
      "user_1  Ada          01-31 12:34",
      "user_2  Zoë 漢字漢…  -",
    ]);
    expect(tableLines([ADA, ZOE], { columns: COLUMNS, width: 1 })[2]).toBe("user_2  Zoë …   -");
  });

  test("always fits where ids and times leave room", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.integer({ min: 35, max: 80 }), (names, width) => {
        const rows = names.map((name) => ({ ...ADA, name, nickname: name }));
        for (const line of tableLines(rows, { columns: COLUMNS, width })) {
          expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});

const UNSAFE = "a\u001b[31mb\u009bc\u202ed\ne\u007f\u2028";

describe("printable()", () => {
  test("leaves nothing that a terminal would act on", () => {
    expect(printable(UNSAFE)).toBe("a\ufffd[31mb\ufffdc\ufffdd\ufffde\ufffd\ufffd");
    expect(printable({ name: "Zoë 👩‍💻" })).toBe('{"name":"Zoë 👩‍💻"}');
  });
});

describe("escaped()", () => {
  test("is the same JSON", () => {
    const json = escaped(JSON.stringify(UNSAFE));
    expect(JSON.parse(json)).toBe(UNSAFE);
    expect(json).toMatch(/^[\x20-\x7e]*$/);
  });
});
