import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type SessionAsIs, sessionsOverLimit } from "../../src/core/mod.ts";

/** Few ids and times, so that ties and repeats are common. */
const session: fc.Arbitrary<SessionAsIs> = fc.record({
  id: fc.constantFrom("sess_1", "sess_10", "sess_2", "sess_a", "sess_B", "sess_b", "sess_c", "sess_d"),
  status: fc.constantFrom("active", "active", "active", "pending", "ended", "revoked", "expired", "abandoned"),
  isImpersonated: fc.nat(5).map((it) => it === 0),
  createdAtMs: fc.nat(3),
  lastActiveAtMs: fc.nat(3),
});
const sessions = fc.uniqueArray(session, { selector: ({ id }) => id, maxLength: 8 });
const max = fc.nat(4);

/** Written anew, with a sort by one text: it shares no code with what it judges. */
function idsOverLimit(all: readonly SessionAsIs[], most: number): readonly string[] {
  const counted = all.filter((it) => /^(active|pending)$/.test(it.status) && !it.isImpersonated);
  const newestFirst = counted
    .map((it) => `${it.createdAtMs}|${it.lastActiveAtMs}|${it.id}`)
    .sort()
    .reverse();
  return newestFirst
    .slice(most)
    .reverse()
    .map((name) => name.split("|")[2] ?? "");
}

function idsOf(all: readonly SessionAsIs[]): readonly string[] {
  return all.map(({ id }) => id);
}

describe("sessionsOverLimit()", () => {
  const at = (id: string, createdAtMs: number, more: Partial<SessionAsIs> = {}): SessionAsIs => ({
    id,
    status: "active",
    isImpersonated: false,
    createdAtMs,
    lastActiveAtMs: createdAtMs,
    ...more,
  });

  test("keeps the newest sign-in, also when an older session is in use right now", () => {
    const laptop = at("sess_laptop", 1, { lastActiveAtMs: 99 });
    expect(idsOf(sessionsOverLimit([laptop, at("sess_phone", 50)], 1))).toEqual(["sess_laptop"]);
  });

  test("names the oldest first", () => {
    expect(idsOf(sessionsOverLimit([at("sess_c", 3), at("sess_a", 1), at("sess_d", 4), at("sess_b", 2)], 2))).toEqual([
      "sess_a",
      "sess_b",
    ]);
  });

  test("leaves alone, and does not count, sessions that are over or in which support acts as the user", () => {
    const support = at("sess_support", 9, { isImpersonated: true });
    const ended = at("sess_ended", 8, { status: "ended" });
    expect(sessionsOverLimit([at("sess_a", 1), support, ended], 1)).toEqual([]);
  });

  test("counts a pending session, which becomes active without another sign-in", () => {
    expect(idsOf(sessionsOverLimit([at("sess_a", 1), at("sess_b", 2, { status: "pending" })], 1))).toEqual(["sess_a"]);
  });

  test("always names what the oracle names, in its order", () => {
    fc.assert(
      fc.property(sessions, max, (all, most) => {
        expect(idsOf(sessionsOverLimit(all, most))).toEqual(idsOverLimit(all, most));
      }),
    );
  });

  test("always names the same, however the sessions are listed and repeated", () => {
    fc.assert(
      fc.property(sessions, max, fc.array(fc.nat()), (all, most, picks) => {
        const repeated = picks.flatMap((pick) => all[pick % Math.max(all.length, 1)] ?? []);
        const listed = [...all].reverse().concat(repeated);
        expect(idsOf(sessionsOverLimit(listed, most))).toEqual(idsOf(sessionsOverLimit(all, most)));
      }),
    );
  });

  test("never names any once those it named are gone", () => {
    fc.assert(
      fc.property(sessions, max, (all, most) => {
        const gone = new Set(idsOf(sessionsOverLimit(all, most)));
        const left = all.filter(({ id }) => !gone.has(id));
        expect(sessionsOverLimit(left, most)).toEqual([]);
      }),
    );
  });
});
