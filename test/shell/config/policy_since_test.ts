import { expect, test } from "bun:test";
import { type Policy, policy } from "../../../src/core/mod.ts";
import { switchOn, withSince } from "../../../src/shell/config/policy_since.ts";
import { eachDatabase } from "../../support/databases.ts";

const NEW = policy("new", { kind: "user", once: true }, () => []);
const DATED = policy("dated", { kind: "user", sinceMs: 5 }, () => []);

eachDatabase("switchOn()", (database) => {
  const sinceIn = (policies: readonly Policy[]): readonly unknown[] => policies.map(({ options }) => options.sinceMs);

  test("keeps when a policy's name was first seen, and what the config says itself", async () => {
    const { db } = database();
    expect(sinceIn(await switchOn(db, [NEW, DATED], 100))).toEqual([100, 5]);
    expect(sinceIn(await switchOn(db, [policy("other", { kind: "role" }, () => []), NEW], 200))).toEqual([200, 100]);
    expect((await switchOn(db, [NEW], 300))[0]).toMatchObject({ name: "new", options: { kind: "user", once: true } });
  });

  test("is all that switches a policy on", async () => {
    const { db } = database();
    expect(sinceIn(await withSince(db, [NEW, DATED]))).toEqual([Number.POSITIVE_INFINITY, 5]);
    await switchOn(db, [NEW], 100);
    expect(sinceIn(await withSince(db, [NEW, DATED]))).toEqual([100, 5]);
  });

  test("gives processes that start together the same time", async () => {
    const { db } = database();
    const all = await Promise.all([1, 2, 3, 4].map((nowMs) => switchOn(db, [NEW], nowMs)));
    expect(new Set(all.flatMap(sinceIn)).size).toBe(1);
  });
});
