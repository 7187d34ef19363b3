import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { EVENT_TYPES, type EventType, type Json, type JsonObject } from "../../../src/core/mod.ts";
import { scenario } from "../../../src/shell/example/scenario.ts";

const PAYLOADS = path.join(import.meta.dir, "../../payloads");
const TYPES = Object.keys(EVENT_TYPES) as readonly EventType[];

/** Fields that ours have and the fixtures of that type do not: legal ones, which another fixture of the kind has. */
const ADDED: Partial<Record<EventType, readonly RegExp[]>> = {
  // The fixture's role has lost its permissions.
  "role.updated": [/^\.permissions\[\]/],
  // Ours is the trial of the team plan, which has seats.
  "subscriptionItem.freeTrialEnding": [/^\.seats/, /^\.plan\.unit_prices/],
  // The fixtures nest the user as signed up; ours has been in use since.
  "session.created": [/^\.user\./, /^\.actor/],
  "session.ended": [/^\.user\./],
  "session.removed": [/^\.user\./],
  "session.revoked": [/^\.user\./],
};

const METADATA = /_metadata\./;

/** Every path to a field, arrays as one: `.email_addresses[].id`. Free-form metadata is left out. */
function paths(value: Json, at = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((it) => paths(it, `${at}[]`));
  if (value === null || typeof value !== "object") return [at];
  return [at, ...Object.entries(value as JsonObject).flatMap(([key, it]) => paths(it, `${at}.${key}`))];
}

function fieldsOf(bodies: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(bodies.flatMap((body) => paths(body)).filter((it) => !METADATA.test(it)));
}

const fixtures = readdirSync(PAYLOADS)
  .filter((name) => name.startsWith("constructed-"))
  .map((name) => JSON.parse(readFileSync(path.join(PAYLOADS, name), "utf8")) as { type: string; data: JsonObject });

const life = scenario("life", { seed: "shape", nowMs: Date.UTC(2026, 0, 1), instanceId: "ins_test" });

describe("payloads of the example life", () => {
  test.each([...TYPES])("%s has the fields of its fixtures", (type) => {
    const wanted = fieldsOf(fixtures.filter((it) => it.type === type).map(({ data }) => data));
    const built = fieldsOf(life.filter((it) => it.type === type).map(({ data }) => data));
    expect(wanted.size).toBeGreaterThan(2);

    const missing = [...wanted].filter((it) => !built.has(it));
    const extra = [...built].filter((it) => !wanted.has(it) && !ADDED[type]?.some((re) => re.test(it)));

    expect({ missing, extra }).toEqual({ missing: [], extra: [] });
  });

  test("objects have their keys in alphabetical order", () => {
    const check = (value: Json): void => {
      if (value === null || typeof value !== "object") return;
      if (!Array.isArray(value)) expect(Object.keys(value)).toEqual(Object.keys(value).sort());
      Object.values(value).forEach(check);
    };
    for (const { data } of life) check(data);
  });
});
