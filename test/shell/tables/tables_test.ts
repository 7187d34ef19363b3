import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KINDS, type Message } from "../../../src/core/mod.ts";
import { cleanJson, PARTS, partsOf, rowOf, TABLES } from "../../../src/shell/tables/mod.ts";
import { decode, PAYLOADS, payloadNamed, withData } from "../../support/payloads.ts";

const USER = payloadNamed("constructed-user.updated__2.json");

describe("rowOf()", () => {
  test("names columns as Clerk names fields, and times as instants", () => {
    expect(rowOf(bodyOf(USER.body))).toMatchObject({
      external_id: "crm-1042",
      primary_email_address: "ada@example.com",
      primary_web3_wallet_id: "idn_30CZYqAO8izwa3NxskD1mNTLflM",
      last_active_at: "2026-01-01T00:00:00.000Z",
      last_sign_in_at: null,
      public_metadata: { plan: "pro" },
      banned: true,
    });
    expect(rowOf(bodyOf(payloadNamed("constructed-subscriptionItem.active__2.json").body))).toMatchObject({
      period_start: "2026-01-01T00:03:20.000Z",
      is_free_trial: false,
    });
    expect(rowOf(bodyOf(payloadNamed("constructed-paymentAttempt.created__1.json").body))).toHaveProperty(
      "billing_date",
    );
  });

  test("has exactly the columns of the kind's table", () => {
    for (const { body } of PAYLOADS) {
      const message = decode(body);
      if (message._tag !== "Changed") continue;
      const names = TABLES[message.body.kind].columns.map(({ name }) => name);
      expect(Object.keys(rowOf(message.body))).toEqual(names);
    }
  });

  test("cleans texts", () => {
    const body = withData(USER, { first_name: "A\u0000da\ud800", public_metadata: { "k\u0000": "\udc00" } });
    expect(rowOf(bodyOf(body))).toMatchObject({ first_name: "Ada\ufffd", public_metadata: { k: "\ufffd" } });
  });
});

describe("partsOf()", () => {
  test("gives each part a row of the user's", () => {
    const parts = partsOf("user_1", userOf(USER.body));
    expect(parts.email_addresses).toHaveLength(2);
    expect(parts.email_addresses[0]).toMatchObject({
      id: "idn_3urptBZSrKOwpbyQD1sJ4T5Ia4U",
      user_id: "user_1",
      email_address: "ada@example.org",
      created_at: "2026-01-01T00:58:20.000Z",
      data: { reserved: false },
    });
    for (const [table, rows] of Object.entries(parts)) {
      const { columns } = PARTS[table as keyof typeof PARTS];
      const names = ["id", "data", "created_at", "updated_at", ...columns.map(({ name }) => name)];
      for (const row of rows) expect(Object.keys(row).sort()).toEqual(names.sort());
    }
  });

  test("makes an id for a part that has none, the same each time, without the address in it", () => {
    const value = userOf(withData(USER, { email_addresses: [{ email_address: "eve@example.com" }] }));
    const [row] = partsOf("user_1", value).email_addresses;
    expect(row?.["id"]).toMatch(/^user_1\/[0-9a-f]{32}$/);
    expect(partsOf("user_1", value).email_addresses).toEqual([row ?? {}]);
  });

  test("never gives two rows of a table one id: the last wins", () => {
    const part = fc.record(
      { id: fc.constantFrom("idn_1", "idn_2"), email_address: fc.constantFrom("a@x.org", "b@x.org") },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(part), (email_addresses) => {
        const rows = partsOf("user_1", userOf(withData(USER, { email_addresses }))).email_addresses;
        expect(new Set(rows.map((row) => row["id"])).size).toBe(rows.length);
        const last = email_addresses.findLast(({ id }) => id === "idn_1");
        const found = rows.find((row) => row["id"] === "idn_1");
        expect(found?.["email_address"]).toBe(last === undefined ? undefined : (last.email_address ?? null));
      }),
    );
  });
});

describe("cleanJson()", () => {
  test("always leaves well-formed texts without U+0000, and clean JSON as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (json) => {
        const text = JSON.stringify(cleanJson(json as string));
        expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        expect(cleanJson(JSON.parse(text))).toEqual(JSON.parse(text));
      }),
    );
    expect(cleanJson({ "a\u0000": ["\ud83d\ude00", "\ud83d"] })).toEqual({ a: ["😀", "\ufffd"] });
  });

  test("takes __proto__ for a name", () => {
    const cleaned = cleanJson(JSON.parse(`{"__proto__":{"x":1}}`));
    expect(JSON.stringify(cleaned)).toBe(`{"__proto__":{"x":1}}`);
  });
});

test("every kind has a table of its own", () => {
  expect(new Set(KINDS.map((kind) => TABLES[kind].table)).size).toBe(KINDS.length);
});

function bodyOf(body: string): Extract<Message, { _tag: "Changed" }>["body"] {
  const message = decode(body);
  if (message._tag !== "Changed") throw new Error(JSON.stringify(message));
  return message.body;
}

function userOf(body: string): Parameters<typeof partsOf>[1] {
  const decoded = bodyOf(body);
  if (decoded.kind !== "user") throw new Error(decoded.kind);
  return decoded.value;
}
