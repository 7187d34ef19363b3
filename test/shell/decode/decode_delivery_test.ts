import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { EVENT_TYPES, isEventType, type JsonObject, type Message } from "../../../src/core/mod.ts";
import { decode, PAYLOADS, payloadNamed, withData } from "../../support/payloads.ts";

const EVENTS: readonly { readonly type: string; readonly op: string; readonly ordering_field: string | null }[] =
  JSON.parse(readFileSync(join(import.meta.dir, "../../payloads/events.json"), "utf8"));

const USER = payloadNamed("constructed-user.updated__2.json");
const MEMBERSHIP = payloadNamed("constructed-organizationMembership.created__1.json");
const MEMBERSHIP_DELETED = payloadNamed("constructed-organizationMembership.deleted__1.json");
const SESSION = payloadNamed("constructed-session.created__1.json");
const DOMAIN = payloadNamed("constructed-organizationDomain.created__1.json");
const ITEM = payloadNamed("constructed-subscriptionItem.active__2.json");
const SMS = payloadNamed("constructed-sms.created__1.json");

const TIME = "an integer from 0 to 253402300799999 (milliseconds)";

describe("decodeDelivery()", () => {
  test("knows every event type that the fixtures have", () => {
    expect(new Set(PAYLOADS.map(({ envelope }) => envelope.type))).toEqual(new Set(Object.keys(EVENT_TYPES)));
  });

  test.each(PAYLOADS.map((payload) => [payload.file, payload] as const))("files %s", (_file, { body, envelope }) => {
    const event = EVENTS.find(({ type }) => type === envelope.type);
    const timestampMs = envelope.timestamp < 1e11 ? envelope.timestamp * 1000 : envelope.timestamp;
    const updatedAtMs = Number(envelope.data["updated_at"] ?? timestampMs);
    const type = isEventType(envelope.type) ? envelope.type : null;
    if (type === null) throw new Error(envelope.type);

    expect(decode(body)).toMatchObject({
      _tag: event?.op === "delete" ? "Deleted" : "Changed",
      type,
      source: "webhook",
      instanceId: envelope["instance_id"] as string,
      timestampMs,
      bodyHash: createHash("sha256").update(body).digest("hex"),
      ref: { kind: EVENT_TYPES[type].kind, id: envelope.data["id"] as string },
      version: {
        asOfMs: event?.op === "delete" ? timestampMs : updatedAtMs,
        rank: type.endsWith(".created") ? 0 : 1,
        timestampMs,
        svixId: "msg_1",
      },
    });
  });

  test("keeps the body byte for byte, and data whole, where there is no code to redact", () => {
    for (const { body, envelope } of PAYLOADS.filter((it) => !/^(email|sms)\./.test(it.envelope.type))) {
      const message = decode(body);
      expect(message.payload).toBe(body);
      if (message._tag === "Changed") expect(message.body.data).toEqual(envelope.data);
    }
  });

  test("finds the primary e-mail address by its id, not by its place", () => {
    expect(USER.envelope.data["email_addresses"]).toMatchObject([{ email_address: "ada@example.org" }, {}]);
    expect(valueIn(USER.body)).toMatchObject({
      primaryEmailAddress: "ada@example.com",
      primaryPhoneNumber: "+15555550123",
    });
    expect(valueIn(withData(USER, { primary_email_address_id: "idn_gone" }))).toMatchObject({
      primaryEmailAddressId: "idn_gone",
      primaryEmailAddress: null,
    });
    expect(valueIn(withData(USER, { primary_email_address_id: null }))).toMatchObject({ primaryEmailAddress: null });
    expect(valueIn(withData(USER, { email_addresses: [] }))).toMatchObject({ primaryEmailAddress: null });
  });

  test("reads the parts of a user with their verification", () => {
    expect(valueIn(USER.body)).toMatchObject({
      emailAddresses: [{ verificationStrategy: "from_oauth_google" }, { verificationStatus: "verified" }],
      phoneNumbers: [{ phoneNumber: "+15555550123", defaultSecondFactor: true, createdAtMs: 1_767_229_000_000 }],
      externalAccounts: [{ provider: "oauth_google", emailAddress: "ada@example.org" }],
    });
  });

  test("reads an empty id of a billing payload as none", () => {
    expect(valueIn(ITEM.body)).toMatchObject({
      userId: "user_3Rds8RZUrl0GTm4sFOfHmRmcg7W",
      organizationId: null,
      payerId: "cpayer_30bnxWVaKzdwGaMDa7Z9GpCrY5Y",
      planSlug: "pro",
    });
    const empty = decode(withData(ITEM, { subscription_id: "", plan_id: "", interval: "", plan: null }));
    expect(empty).toMatchObject({
      _tag: "Changed",
      parents: [],
      body: { value: { subscriptionId: null, planId: null, interval: null } },
    });
  });

  test("names the parents", () => {
    expect(parentsOf(MEMBERSHIP.body)).toEqual([
      { kind: "organization", id: "org_3YjgKF9e2F1IbiEvaglTZ3SfbZi" },
      { kind: "user", id: "user_3Rds8RZUrl0GTm4sFOfHmRmcg7W" },
    ]);
    expect(parentsOf(withData(MEMBERSHIP, { public_user_data: undefined }))).toHaveLength(1);
    expect(parentsOf(SESSION.body)).toEqual([{ kind: "user", id: "user_3Rds8RZUrl0GTm4sFOfHmRmcg7W" }]);
    expect(parentsOf(DOMAIN.body)).toEqual([{ kind: "organization", id: "org_3YjgKF9e2F1IbiEvaglTZ3SfbZi" }]);
    expect(parentsOf(payloadNamed("constructed-organizationInvitation.created__1.json").body)).toHaveLength(1);
    expect(parentsOf(ITEM.body)).toEqual([{ kind: "subscription", id: "csub_3PuqMfVEOzvc6loA1b3DwxRos6r" }]);
    expect(parentsOf(USER.body)).toEqual([]);
  });

  test("takes a deleted membership with the parents it names, or without", () => {
    expect(decode(MEMBERSHIP_DELETED.body)).toMatchObject({
      _tag: "Deleted",
      parents: [{ kind: "organization" }, { kind: "user" }],
      body: { kind: "organization_membership", value: { organizationId: "org_3YjgKF9e2F1IbiEvaglTZ3SfbZi" } },
    });
    expect(decode(withData(MEMBERSHIP_DELETED, { organization: null }))).toMatchObject({
      _tag: "Deleted",
      parents: [],
      body: null,
    });
    expect(decode(withData(MEMBERSHIP_DELETED, { updated_at: "never" }))._tag).toBe("Deleted");
    expect(decode(payloadNamed("user.deleted__3.json").body)).toMatchObject({ parents: [], body: null });
  });

  test("reads the time of a text message under either name", () => {
    expect(valueIn(SMS.body)).toMatchObject({ channel: "sms", createdAtMs: 1_767_228_999_000, updatedAtMs: null });
    expect(valueIn(payloadNamed("sms.created__1.json").body)).toMatchObject({ createdAtMs: 1_716_883_200_000 });
    expect(valueIn(payloadNamed("email.created__1.json").body)).toMatchObject({ channel: "email", createdAtMs: null });
  });

  test("reads optional fields of another type as null, and keeps them in data", () => {
    const fields = { first_name: 7, banned: "yes", last_sign_in_at: 1e18, created_at: 1.5, email_addresses: "none" };
    const message = decode(withData(USER, { ...fields, public_metadata: [], create_organizations_limit: 3e9 }));
    expect(message).toMatchObject({
      _tag: "Changed",
      body: {
        value: {
          firstName: null,
          banned: null,
          lastSignInAtMs: null,
          createdAtMs: null,
          emailAddresses: [],
          publicMetadata: null,
          createOrganizationsLimit: null,
        },
        data: fields,
      },
    });
  });

  test("takes the envelope's timestamp where data has no updated_at, to the millisecond", () => {
    const body = JSON.stringify({ ...USER.envelope, timestamp: 1716883200.4567, data: { id: "user_1" } });
    expect(decode(body)).toMatchObject({ version: { asOfMs: 1_716_883_200_457, timestampMs: 1_716_883_200_457 } });
    expect(decode(withData(USER, { updated_at: null }))).toMatchObject({
      version: { asOfMs: USER.envelope.timestamp },
    });
  });

  test("takes messages without an instance", () => {
    for (const instance_id of [undefined, null, ""]) {
      expect(decode(JSON.stringify({ ...USER.envelope, instance_id }))).toMatchObject({
        _tag: "Changed",
        instanceId: null,
      });
    }
  });

  test("sets types without a table apart, however poor their envelope", () => {
    expect(decode(`{"type":"plan.created"}`)).toMatchObject({
      _tag: "Unmapped",
      type: "plan.created",
      timestampMs: null,
    });
    expect(decode(`{"type":"toString","timestamp":1716883200,"instance_id":"ins_1","data":[]}`)).toMatchObject({
      _tag: "Unmapped",
      type: "toString",
      timestampMs: 1_716_883_200_000,
      instanceId: "ins_1",
    });
  });

  test.each([
    ["body: expected JSON", ""],
    ["body: expected JSON", "{"],
    ["body: expected JSON", "\u0000"],
    ["body: expected a JSON object", "[]"],
    ["body: expected a JSON object", "null"],
    ["body: expected a JSON object", `"secret"`],
    ["type: expected a string of 1 to 255 printable ASCII characters, got nothing", without("type")],
    ["type: expected a string of 1 to 255 printable ASCII characters, got a string", having({ type: "" })],
    ["type: expected a string of 1 to 255 printable ASCII characters, got a string", having({ type: "user\u0000" })],
    ["type: expected a string of 1 to 255 printable ASCII characters, got a number", having({ type: 1 })],
    ["timestamp: expected a number of milliseconds (or seconds) since 1970, got nothing", without("timestamp")],
    ["timestamp: expected a number of milliseconds (or seconds) since 1970, got a string", having({ timestamp: "1" })],
    ["timestamp: expected a number of milliseconds (or seconds) since 1970, got a number", having({ timestamp: -1 })],
    ["timestamp: expected a time before the year 10000, got a later one", having({ timestamp: 253_402_300_800_000 })],
    [
      "instance_id: expected a string of 1 to 255 printable ASCII characters, or null, got a number",
      having({ instance_id: 1 }),
    ],
    ["data: expected an object, got nothing", without("data")],
    ["data: expected an object, got a list", having({ data: [] })],
    ["data: expected an object, got null", having({ data: null })],
    [
      "data.id: expected a string of 1 to 255 printable ASCII characters, got nothing",
      withData(USER, { id: undefined }),
    ],
    ["data.id: expected a string of 1 to 255 printable ASCII characters, got a string", withData(USER, { id: "" })],
    ["data.id: expected a string of 1 to 255 printable ASCII characters, got a string", withData(USER, { id: "a\n" })],
    [
      "data.id: expected a string of 1 to 255 printable ASCII characters, got a string",
      withData(USER, { id: "a".repeat(256) }),
    ],
    [`data.updated_at: expected ${TIME}, got a string`, withData(USER, { updated_at: "2024-01-01" })],
    [`data.updated_at: expected ${TIME}, got a number`, withData(USER, { updated_at: -1 })],
    [`data.updated_at: expected ${TIME}, got a number`, withData(USER, { updated_at: 1.5 })],
    [`data.updated_at: expected ${TIME}, got a number`, withData(USER, { updated_at: 253_402_300_800_000 })],
    ["data.organization: expected an object, got nothing", withData(MEMBERSHIP, { organization: undefined })],
    [
      "data.organization.id: expected a string of 1 to 255 printable ASCII characters, got nothing",
      withData(MEMBERSHIP, { organization: {} }),
    ],
    [
      "data.user_id: expected a string of 1 to 255 printable ASCII characters, got null",
      withData(SESSION, { user_id: null }),
    ],
    [
      "data.organization_id: expected a string of 1 to 255 printable ASCII characters, got a string",
      withData(DOMAIN, { organization_id: "" }),
    ],
    [
      "data.id: expected a string of 1 to 255 printable ASCII characters, got a number",
      withData(MEMBERSHIP_DELETED, { id: 5 }),
    ],
  ])("says %s", (fault, body) => {
    expect(decode(body)).toMatchObject({ _tag: "Unreadable", fault, payload: body });
  });

  test("fills what is readable of what is not understood", () => {
    expect(decode(having({ data: 1 }))).toMatchObject({
      _tag: "Unreadable",
      type: "user.updated",
      instanceId: "ins_3z5vTA8GST9zzScPtCjrIsw7T1L",
      timestampMs: USER.envelope.timestamp,
    });
  });

  test("never throws, whatever JSON comes", () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void decode(JSON.stringify(json))));
  });

  test("never throws, whatever stands in an envelope, and never says in a fault what it is", () => {
    const envelopes = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...Object.keys(EVENT_TYPES)), fc.jsonValue()),
        timestamp: fc.oneof(fc.constant(1_716_883_200), fc.jsonValue()),
        instance_id: fc.jsonValue(),
        data: fc.oneof(
          fc.jsonValue(),
          fc.record(
            { id: fc.jsonValue(), updated_at: fc.jsonValue(), user_id: fc.jsonValue(), organization: fc.jsonValue() },
            { requiredKeys: [] },
          ),
        ),
      },
      { requiredKeys: [] },
    );
    const mark = "5ecre7";
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const body = JSON.stringify(envelope, (_key, value) => (value === "" ? mark : value));
        const message = decode(body);
        if (message._tag === "Unreadable") expect(message.fault).not.toContain(mark);
      }),
    );
  });

  test("never throws, whatever stands in a payload's fields", () => {
    const mutated = fc
      .tuple(fc.constantFrom(...PAYLOADS), fc.nat(), fc.jsonValue())
      .map(([payload, pick, json]) => withData(payload, { [fieldOf(payload.envelope.data, pick)]: json as string }));
    fc.assert(fc.property(mutated, (body) => void decode(body)));
  });

  test("survives any nesting, and leaves out of data what is too deep", () => {
    for (const deep of [
      "[".repeat(300_000) + "]".repeat(300_000),
      `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    ]) {
      expect(decode(deep)._tag).toBe("Unreadable");
      const body = `{"type":"user.updated","timestamp":1,"data":{"id":"user_1","username":"ada","unsafe_metadata":{"x":${deep}}}}`;
      const message = decode(body);
      expect(message).toMatchObject({ _tag: "Changed", payload: body, body: { value: { username: "ada" } } });
      expect(JSON.stringify({ ...message, payload: "" }).length).toBeLessThan(5_000);
      expect(decode(body.replace("user.updated", "email.updated"))._tag).toBe("Unmapped");
    }
  });

  test("takes names such as __proto__ for what they are: names", () => {
    const message = decode(
      `{"type":"user.updated","timestamp":1,"data":{"id":"user_1","__proto__":{"username":"eve"}}}`,
    );
    expect(valueIn(message.payload)).toMatchObject({ username: null });
    expect(({} as JsonObject)["username"]).toBeUndefined();
  });
});

function having(fields: object): string {
  return JSON.stringify({ ...USER.envelope, ...fields });
}

function without(field: string): string {
  return having({ [field]: undefined });
}

function changed(body: string): Extract<Message, { _tag: "Changed" }> {
  const message = decode(body);
  if (message._tag !== "Changed") throw new Error(JSON.stringify(message));
  return message;
}

function valueIn(body: string): object {
  return changed(body).body.value;
}

function parentsOf(body: string): readonly object[] {
  return changed(body).parents;
}

function fieldOf(data: JsonObject, pick: number): string {
  const names = Object.keys(data);
  return names[pick % names.length] ?? "id";
}
