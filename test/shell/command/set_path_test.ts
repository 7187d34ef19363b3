import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/mod.ts";
import { parseSetting, withSetting } from "../../../src/shell/command/set_path.ts";

function set(document: JsonObject, text: string): JsonObject {
  const setting = parseSetting(text);
  if (setting === undefined) throw new Error(`not a setting: ${text}`);
  return withSetting(document, setting);
}

describe("withSetting()", () => {
  test("sets a field and leaves its argument as it was", () => {
    const before = { data: { first_name: "Ada", last_name: "Berg" } };
    expect(set(before, "data.first_name=Zoe")).toEqual({ data: { first_name: "Zoe", last_name: "Berg" } });
    expect(before.data.first_name).toBe("Ada");
  });

  test("reads the value as JSON, else as text, and keeps further equals signs", () => {
    expect(set({}, "a=1")).toEqual({ a: 1 });
    expect(set({}, "a=null")).toEqual({ a: null });
    expect(set({}, 'a="1"')).toEqual({ a: "1" });
    expect(set({}, 'a={"b":[true]}')).toEqual({ a: { b: [true] } });
    expect(set({}, "a=x=y")).toEqual({ a: "x=y" });
    expect(set({}, "a=")).toEqual({ a: "" });
  });

  test("goes into lists by index and adds at their end", () => {
    const before = { list: [{ a: 1 }, { a: 2 }] };
    expect(set(before, "list.1.a=3")).toEqual({ list: [{ a: 1 }, { a: 3 }] });
    expect(set(before, "list.2.a=3")).toEqual({ list: [{ a: 1 }, { a: 2 }, { a: 3 }] });
    expect(set(before, "list.9.a=3")).toEqual({ list: [{ a: 1 }, { a: 2 }, { a: 3 }] });
  });

  test("makes what is not there", () => {
    expect(set({}, "data.public_metadata.plan=pro")).toEqual({ data: { public_metadata: { plan: "pro" } } });
    expect(set({}, "data.list.0.id=x")).toEqual({ data: { list: [{ id: "x" }] } });
    expect(set({ data: null }, "data.id=x")).toEqual({ data: { id: "x" } });
  });
});

describe("parseSetting()", () => {
  test.each(["", "a", "=1", ".a=1", "a..b=1", "__proto__.x=1", "a.constructor=1"])("refuses %p", (text) => {
    expect(parseSetting(text)).toBeUndefined();
  });
});
