import { describe, expect, test } from "bun:test";
import { EVENT_TYPES } from "../../../src/core/mod.ts";
import { findDrift, isKnown } from "../../../src/shell/drift/find_drift.ts";
import { decode, PAYLOADS, payloadNamed, withData } from "../../support/payloads.ts";

const USER = payloadNamed("constructed-user.updated__1.json");
const MEMBERSHIP = payloadNamed("constructed-organizationMembership.created__1.json");

function namesIn(body: string): readonly string[] {
  return findDrift(decode(body)).map(({ name }) => name);
}

describe("findDrift", () => {
  test("finds nothing in anything that Clerk is known to send", () => {
    expect(PAYLOADS.length).toBeGreaterThan(90);
    for (const { file, body } of PAYLOADS) expect([file, namesIn(body)]).toEqual([file, []]);
  });

  test("finds a type that has no table", () => {
    const body = JSON.stringify({ type: "passkey.created", timestamp: 1, data: { id: "pk_1" } });
    expect(findDrift(decode(body))).toEqual([{ what: "type", type: "passkey.created", name: "passkey.created" }]);
  });

  test("finds fields of the payload and of what it holds directly, each once, and no deeper", () => {
    const addresses = [
      { id: "idn_1", verified_by: "x", verification: { novelty: 1 } },
      { id: "idn_2", verified_by: "y" },
    ];
    const found = findDrift(decode(withData(USER, { email_addresses: addresses, mood: null, scim: { realm: 1 } })));
    expect(found).toEqual([
      { what: "field", type: "user.updated", name: "email_addresses.verified_by" },
      { what: "field", type: "user.updated", name: "mood" },
      { what: "field", type: "user.updated", name: "scim.realm" },
    ]);
    const organization = { id: "org_1", tier: "gold" };
    expect(namesIn(withData(MEMBERSHIP, { organization }))).toEqual(["organization.tier"]);
  });

  test("never looks into what users fill themselves", () => {
    const own = { plan: "gold", "ada@example.com": true };
    const metadata = { public_metadata: own, private_metadata: own, unsafe_metadata: own };
    expect(namesIn(withData(USER, metadata))).toEqual([]);
  });

  test("takes any name: of other types' fields, of the language, long and odd ones", () => {
    const body = `{"type":"user.updated","timestamp":1,"data":{"id":"user_1","constructor":1,"__proto__":2,"seats":3,
      "${"x".repeat(5_000)}":4,"a\\u0000b":5,"email_addresses":[null,7,[8]]}}`;
    const names = namesIn(body);
    expect(names.slice(0, 3)).toEqual(["constructor", "__proto__", "seats"]);
    expect(names[3]).toHaveLength(128);
    expect(names[4]).not.toContain("\u0000");
    expect(names).toHaveLength(5);
  });
});

describe("isKnown", () => {
  test("says what this Docket knows", () => {
    for (const type of Object.keys(EVENT_TYPES)) expect(isKnown({ what: "type", type, name: type })).toBe(true);
    expect(isKnown({ what: "type", type: "passkey.created", name: "passkey.created" })).toBe(false);
    const known = (name: string) => isKnown({ what: "field", type: "user.updated", name });
    expect(["first_name", "scim.directory_id", "mood", "scim.realm", "first_name.x"].map(known)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
