import { expect, test } from "bun:test";
import fc from "fast-check";
import { nameAfter, orderAfter } from "../../../src/shell/api/path_name.ts";

const PREFIX = "/v1/jobs/";
const keys = fc.string({
  minLength: 1,
  maxLength: 60,
  unit: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom("/", "%", "+", "?", "#", "retry", PREFIX) },
    { weight: 3, arbitrary: fc.integer({ min: 0x20, max: 0x7e }).map((it) => String.fromCharCode(it)) },
  ),
});
const actions = fc.constantFrom("retry", "cancel", "approve", "resume");

test("nameAfter() always gives back the key, encoded whole or piece by piece", () => {
  fc.assert(
    fc.property(keys, fc.constantFrom("", "?a=/v1/jobs/b", "#c"), (key, rest) => {
      for (const path of [encodeURIComponent(key), key.split("/").map(encodeURIComponent).join("/")]) {
        expect(nameAfter(PREFIX, `http://localhost:3000${PREFIX}${path}${rest}`)).toBe(key);
      }
    }),
  );
});

test("orderAfter() always gives back the key and the action, whatever the key ends in", () => {
  fc.assert(
    fc.property(keys, actions, (key, action) => {
      for (const path of [encodeURIComponent(key), key.split("/").map(encodeURIComponent).join("/")]) {
        expect(orderAfter(PREFIX, `http://localhost${PREFIX}${path}/${action}`)).toEqual({ name: key, action });
      }
    }),
  );
});

test("names that are not well-formed, or not there, are empty", () => {
  for (const path of ["%zz", "%", "", "%ff"]) expect(nameAfter(PREFIX, `http://localhost${PREFIX}${path}`)).toBe("");
  expect(nameAfter(PREFIX, "http://localhost/v1/job/a")).toBe("");
  expect(orderAfter(PREFIX, `http://localhost${PREFIX}retry`)).toEqual({ name: "", action: "" });
  expect(orderAfter(PREFIX, `http://localhost${PREFIX}a%2Fretry`)).toEqual({ name: "", action: "" });
  expect(orderAfter(PREFIX, `http://localhost${PREFIX}%zz/retry`)).toEqual({ name: "", action: "retry" });
});
