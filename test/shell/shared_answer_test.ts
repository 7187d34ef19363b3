import { describe, expect, test } from "bun:test";
import { shareAnswer } from "../../src/shell/shared_answer.ts";

describe("shareAnswer()", () => {
  test("asks once for all who ask meanwhile, keeps the answer for a moment, and then asks again", async () => {
    let asked = 0;
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const share = shareAnswer(() => answers[asked++]?.promise ?? Promise.reject(new Error("asked too often")), 30);
    const early = Promise.all([share(), share(), share()]);
    answers[0]?.resolve("first");
    answers[1]?.resolve("second");
    expect(await early).toEqual(["first", "first", "first"]);
    expect(await share()).toBe("first");
    while ((await share()) === "first") await Bun.sleep(5);
    expect(asked).toBe(2);
  });

  test("does not keep a failure for good", async () => {
    let asked = 0;
    const share = shareAnswer(() => (asked++ === 0 ? Promise.reject(new Error("no")) : Promise.resolve("yes")), 0);
    await expect(share()).rejects.toThrow("no");
    await Bun.sleep(20);
    expect(await share()).toBe("yes");
  });
});
