import { describe, expect, test } from "bun:test";
import { mergeEvents, mergeJobs, putFirst } from "../../../../src/shell/dashboard/page/merge.ts";
import type { Event, Job } from "../../../../src/shell/dashboard/page/wire.ts";

function message(svixId: string, second: number): Event {
  return { svixId, receivedAt: new Date(second * 1_000).toISOString() } as Event;
}

function job(key: string, second: number): Job {
  return { key, updatedAt: new Date(second * 1_000).toISOString() } as Job;
}

describe("mergeEvents()", () => {
  test("keeps what arrived while the page was read, and nothing older or twice", () => {
    const shown = [message("c", 3), message("b", 2), message("x", 1)];
    const fresh = [message("b", 2), message("a", 1)];
    expect(mergeEvents(shown, fresh).map(({ svixId }) => svixId)).toEqual(["c", "b", "a"]);
    expect(mergeEvents(shown, []).map(({ svixId }) => svixId)).toEqual(["c", "b", "x"]);
  });
});

describe("putFirst()", () => {
  test("shows a message that was delivered again once, and first", () => {
    const shown = putFirst([message("a", 1)], [message("b", 2), message("a", 1)]);
    expect(shown.map(({ svixId }) => svixId)).toEqual(["a", "b"]);
  });
});

describe("mergeJobs()", () => {
  test("lets no job go back to what it was, and takes the page's order and jobs", () => {
    const [newer, older] = [job("a", 2), job("b", 1)];
    const merged = mergeJobs([newer, older, job("gone", 9)], [job("b", 2), job("a", 1), job("c", 1)]);
    expect(merged).toEqual([job("b", 2), newer, job("c", 1)]);
  });
});
