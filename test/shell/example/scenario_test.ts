import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EVENT_TYPES, type EventType } from "../../../src/core/mod.ts";
import type { ExampleEnvelope } from "../../../src/shell/example/envelope.ts";
import { exampleEvent } from "../../../src/shell/example/example_event.ts";
import { SCENARIO_NAMES, scenario } from "../../../src/shell/example/scenario.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const OPTIONS = { seed: "a", nowMs: NOW_MS, instanceId: "ins_test" } as const;
const TYPES = Object.keys(EVENT_TYPES) as readonly EventType[];

const options = fc.record({
  seed: fc.string({ maxLength: 8 }),
  nowMs: fc.integer({ min: 1e12, max: 2e12 }),
  instanceId: fc.constantFrom("ins_a", "ins_b"),
});

/** `updated_at`, where the payload has one. */
function updatedAtOf(envelope: ExampleEnvelope): number | undefined {
  const value = envelope.data["updated_at"];
  return typeof value === "number" ? value : undefined;
}

describe("scenario()", () => {
  test("life has all 46 event types", () => {
    const types = new Set<string>(scenario("life", OPTIONS).map(({ type }) => type));
    expect([...types].sort()).toEqual([...TYPES].sort());
    expect(types.size).toBe(46);
  });

  test("every scenario makes what it deletes or changes", () => {
    for (const name of SCENARIO_NAMES) {
      const made = new Set<unknown>();
      for (const { type, data } of scenario(name, OPTIONS)) {
        const { kind, change } = EVENT_TYPES[type];
        if (change === "created" || kind === "session" || kind === "subscription_item") made.add(data["id"]);
        expect(made, `${name}: ${type}`).toContain(data["id"]);
      }
    }
  });

  test("always tells a story that moves forward and ends at nowMs", () => {
    fc.assert(
      fc.property(options, fc.constantFrom(...SCENARIO_NAMES), (given, name) => {
        const newest = new Map<unknown, number>();
        for (const envelope of scenario(name, given)) {
          const updatedAtMs = updatedAtOf(envelope);
          if (updatedAtMs === undefined) continue;
          const { id } = envelope.data;
          expect(updatedAtMs).toBeGreaterThanOrEqual(newest.get(id) ?? 0);
          newest.set(id, updatedAtMs);
          if (!envelope.type.endsWith("deleted")) {
            expect(envelope.timestamp - updatedAtMs).toBeGreaterThanOrEqual(4);
            expect(envelope.timestamp - updatedAtMs).toBeLessThanOrEqual(60);
          }
        }
        const times = scenario(name, given).map(({ timestamp }) => timestamp);
        expect(Math.max(...times) - given.nowMs).toBeWithin(0, 59);
      }),
    );
  });

  test("always makes the same bytes of the same options, and other ids of another seed", () => {
    fc.assert(
      fc.property(options, fc.constantFrom(...SCENARIO_NAMES), (given, name) => {
        const text = JSON.stringify(scenario(name, given));
        expect(JSON.stringify(scenario(name, given))).toBe(text);
        const others = scenario(name, { ...given, seed: `${given.seed}!` });
        expect(others.filter(({ data }) => text.includes(`"id":"${data["id"]}"`))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("smaller scenarios of one start are parts of the same life", () => {
    const life = new Set(scenario("life", { ...OPTIONS, anchor: "start" }).map((it) => JSON.stringify(it)));
    for (const name of SCENARIO_NAMES) {
      for (const it of scenario(name, { ...OPTIONS, anchor: "start" })) expect(life).toContain(JSON.stringify(it));
    }
  });
});

describe("exampleEvent()", () => {
  test.each([...TYPES])("builds %s", (type) => {
    const envelope = exampleEvent(type, OPTIONS);
    expect(envelope.type).toBe(type);
    expect(envelope.instance_id).toBe("ins_test");
    expect(envelope.timestamp - NOW_MS).toBeWithin(4, 59);
    expect(Object.keys(envelope)).toEqual(["data", "event_attributes", "instance_id", "object", "timestamp", "type"]);
    expect(`${envelope.data["id"]}`).toMatch(/^[a-z_]+_3[0-9A-Za-z]{26}$/);
  });

  test("gives a newer version of the same user for a later time", () => {
    const created = exampleEvent("user.created", OPTIONS);
    const updated = exampleEvent("user.updated", { ...OPTIONS, nowMs: NOW_MS + 60_000 });
    expect(updated.data["id"]).toBe(`${created.data["id"]}`);
    expect(updatedAtOf(updated)).toBeGreaterThan(updatedAtOf(created) ?? 0);
  });
});
