import { describe, expect, test } from "bun:test";
import { makeAttempts } from "../../../src/shell/dashboard/attempts.ts";

describe("makeAttempts()", () => {
  test("gives an address ten a minute, and says how long to wait", () => {
    const { take } = makeAttempts();
    for (let count = 0; count < 10; count += 1) expect(take("a", 1_000)).toBe(0);
    expect(take("a", 1_000)).toBe(60);
    expect(take("a", 51_500)).toBe(10);
    expect(take("b", 51_500)).toBe(0);
    expect(take("a", 61_000)).toBe(0);
  });

  test("gives all together a hundred, however many addresses they have", () => {
    const { take } = makeAttempts();
    for (let count = 0; count < 100; count += 1) expect(take(`2001:db8::${count}`, 0)).toBe(0);
    expect(take("2001:db8::ffff", 0)).toBe(60);
    expect(take("2001:db8::ffff", 60_000)).toBe(0);
  });
});
