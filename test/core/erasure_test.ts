import { describe, expect, test } from "bun:test";
import { job, jobsOf, policy } from "../../src/core/mod.ts";
import { gone, told, worldOf } from "../support/examples.ts";

describe("erasure", () => {
  const death = policy("death", { kind: "user" }, ({ before, after }) =>
    after._tag === "Deleted" ? [job("log", { who: before._tag === "Live" ? before.value.firstName : null })] : [],
  );
  const messages = [told("user.created", 1), gone("user.deleted", 3)];

  test("waits for the jobs of the deletion, which need what it would take", () => {
    const waiting = worldOf([death], messages, "erase");
    expect([...waiting.log.values()].map(({ erased }) => erased)).toEqual([false, false]);
    expect(jobsOf(waiting)[0]?.job.payload).toEqual({ who: "Ada" });
    const done = worldOf([], messages, "erase");
    expect([...done.log.values()].map(({ erased }) => erased)).toEqual([true, true]);
  });

  test("leaves the change log with nothing but that the entity is gone", () => {
    const world = worldOf([], [...messages, told("user.updated", 2)], "erase");
    expect([...world.changes.keys()]).toEqual(["user/user_1#-"]);
  });
});
