import { expect, test } from "bun:test";
import { durationText, makeProgress } from "../../../src/shell/command/progress.ts";

test.each([
  [0.2, "1 s"],
  [59, "59 s"],
  [61, "1 min 01 s"],
  [3_599.5, "1 h 00 min"],
  [7_260, "2 h 01 min"],
])("durationText(%d) is %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test("a bar shows how much is done of what, how fast, and how long it yet takes", () => {
  let text = "";
  const stream = {
    write: (part: string): boolean => {
      text = part;
      return true;
    },
  };
  let nowMs = 5;
  const progress = makeProgress(1_000, { stream, done: 400, label: "user", nowMs: () => nowMs });
  progress.move(500, 1_000);
  expect(text).toBe("\r\x1b[2K[###############...............] 500/1000  user");
  nowMs += 2_000;
  progress.move(600, 1_200);
  expect(text).toBe("\r\x1b[2K[###############...............] 600/1200  100/s  6 s left  user");
  progress.end();
  expect(text).toBe("\r\x1b[2K");
});
