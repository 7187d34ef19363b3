import { describe, expect, test } from "bun:test";
import type { Message } from "../../../src/core/mod.ts";
import { makeGuesses } from "../../../src/shell/store/guesses.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { gone, told as tell } from "../../support/examples.ts";
import { decodeStory } from "../../support/stories.ts";

const MINUTE_MS = 60_000;

function told(...words: Parameters<typeof tell>): Message {
  return decodeStory(tell(...words));
}

describe("makeGuesses()", () => {
  const born = told("user.created", 1);
  const late = (ageMs: number): Message => ({ ...born, receivedAtMs: born.receivedAtMs + ageMs });

  test("allows births alone that were told a moment ago", () => {
    const { allows } = makeGuesses();
    expect(allows([born, told("user.created", 2, {}, "two", "user_2"), late(2 * MINUTE_MS)])).toBe(true);
    for (const other of [
      told("user.updated", 1),
      decodeStory(gone("user.deleted", 1)),
      late(2 * MINUTE_MS + 1),
      { ...born, source: "api" } as Message,
      { ...born, parents: [{ kind: "organization", id: "org_1" }] } as Message,
      { ...born, ref: { kind: "session", id: "sess_1" } } as Message,
    ]) {
      expect(allows([born, other])).toBe(false);
    }
  });

  test("allows nothing for a minute after one that was lost", () => {
    let nowMs = 0;
    const { allows, lost } = makeGuesses(() => nowMs);
    lost();
    nowMs = MINUTE_MS - 1;
    expect(allows([born])).toBe(false);
    nowMs = MINUTE_MS;
    expect(allows([born])).toBe(true);
  });
});

eachDatabase("a guess", (database) => {
  test("that does not hold is no guess any more, and nothing of it stays", async () => {
    const record = recorder(database());
    const born = told("user.created", 1);
    const other = told("user.created", 1, {}, "other", "user_2");
    expect(await record([born])).toEqual(["applied"]);
    expect(await record([other, born])).toEqual(["applied", "duplicate"]);
    expect(
      await record([told("user.created", 0, {}, "older"), told("user.created", 2, {}, "newer", "user_2")]),
    ).toEqual(["stale", "applied"]);
  });
});
