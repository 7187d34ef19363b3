import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Body, eraseBody, eraseData, type JsonObject, type Kind, type Message } from "../../../src/core/mod.ts";
import { checkBody } from "../../../src/shell/decode/decode_body.ts";
import { eraseTextPayload } from "../../../src/shell/decode/erase_payload.ts";
import { decode, PAYLOADS, payloadNamed, withData } from "../../support/payloads.ts";

/** A fixture with one field of its data, or a new one, holding anything. */
const payloadBodies = fc.tuple(fc.constantFrom(...PAYLOADS), fc.nat(), fc.jsonValue()).map(([payload, pick, json]) => {
  const names = [...Object.keys(payload.envelope.data), "seats", "plan", "payer", "object", "created_at_ms"];
  return withData(payload, { [names[pick % names.length] ?? "id"]: json as string });
});

const BODIES: readonly Body[] = PAYLOADS.flatMap(({ body }) => bodiesOf(decode(body)));

/** What the fixtures say of people. */
const PERSONAL =
  /\b(ada|ben|carol|dora|jane|john|doe|crm|stripe|example|acme|token|chrome|city)\b|@|\+1\d|img\.clerk|203\.0|192\.168/i;

describe("eraseBody()", () => {
  test("leaves no personal data of any fixture", () => {
    for (const body of BODIES.filter(({ kind }) => kind !== "role" && kind !== "permission")) {
      const { value, data } = eraseBody(body);
      expect(JSON.stringify([body.value, body.data])).toMatch(PERSONAL);
      expect(JSON.stringify([value, data])).not.toMatch(PERSONAL);
    }
  });

  test("keeps what says how things hang together", () => {
    expect(erased("constructed-organizationMembership.created__1.json")).toMatchObject({
      organizationId: "org_3YjgKF9e2F1IbiEvaglTZ3SfbZi",
      userId: "user_3Rds8RZUrl0GTm4sFOfHmRmcg7W",
      role: "org:admin",
      permissions: [],
    });
    expect(erased("constructed-session.created__1.json")).toMatchObject({
      userId: "user_3Rds8RZUrl0GTm4sFOfHmRmcg7W",
      status: "active",
      lastActiveAtMs: null,
      latestActivity: null,
    });
    expect(erased("constructed-subscriptionItem.active__2.json")).toMatchObject({
      subscriptionId: "csub_3PuqMfVEOzvc6loA1b3DwxRos6r",
      planId: "cplan_30Eq62OL2CfDAEUTTgKirqIbxzt",
      userId: "user_3Rds8RZUrl0GTm4sFOfHmRmcg7W",
    });
    expect(erased("constructed-user.updated__2.json")).toMatchObject({
      createdAtMs: 1_767_225_600_000,
      primaryEmailAddress: null,
      emailAddresses: [],
    });
    const role = payloadNamed("constructed-role.created__1.json");
    expect(erased(role.file)).toEqual(only(bodiesOf(decode(role.body))).value);
  });

  test("always comes to the same as decoding erased data", () => {
    const check = (message: Message): void => {
      for (const body of bodiesOf(message)) {
        const again = checkBody(body.kind, eraseData(body.kind, body.data));
        expect({ ok: true, body: eraseBody(body) }).toEqual(again as never);
      }
    };
    for (const { body } of PAYLOADS) check(decode(body));
    fc.assert(fc.property(payloadBodies, (body) => check(decode(body))));
  });

  test("always comes to the same twice", () => {
    for (const body of BODIES) expect(eraseBody(eraseBody(body))).toEqual(eraseBody(body));
    fc.assert(
      fc.property(payloadBodies, (text) => {
        for (const body of bodiesOf(decode(text))) expect(eraseBody(eraseBody(body))).toEqual(eraseBody(body));
      }),
    );
  });
});

describe("eraseTextPayload()", () => {
  test("leaves of a deletion its id, and of the envelope nothing of a person", () => {
    expect(JSON.parse(eraseTextPayload(payloadNamed("user.deleted__3.json").body, "user"))).toEqual({
      object: "event",
      type: "user.deleted",
      instance_id: "ins_2g7np7Hrk0SN6kj5EDMLDaKNL0S",
      timestamp: 1_716_883_200,
      data: { object: "user", id: "user_2g7np7Hrk0SN6kj5EDMLDaKNL0S", deleted: true },
    });
  });

  test("is empty for what is no envelope, and has no data where there was no object", () => {
    expect(eraseTextPayload("", "user")).toBe("");
    expect(eraseTextPayload("not json", "user")).toBe("");
    expect(eraseTextPayload("[1]", "user")).toBe("");
    expect(eraseTextPayload(`{"data":"ada","type":{"a":1},"who":"ada"}`, "user")).toBe(`{"data":{}}`);
  });

  test("always decodes to the same entity, version and parents", () => {
    const check = (text: string): void => {
      const before = decode(text);
      if (before._tag !== "Changed" && before._tag !== "Deleted") return;
      const erasedText = eraseTextPayload(before.payload, before.ref.kind);
      const { type, timestampMs, instanceId, ref, version, parents } = before;
      expect(decode(erasedText)).toMatchObject({ type, timestampMs, instanceId, ref, version, parents: [...parents] });
      expect(eraseTextPayload(erasedText, before.ref.kind)).toBe(erasedText);
    };
    for (const { body } of PAYLOADS) check(body);
    fc.assert(fc.property(payloadBodies, check));
  });
});

describe("eraseData()", () => {
  test("leaves the names of roles and permissions, which are nobody's", () => {
    const kinds: readonly Kind[] = ["role", "permission"];
    const data: JsonObject = { id: "role_1", name: "Manager" };
    for (const kind of kinds) expect(eraseData(kind, data)).toEqual(data);
    expect(eraseData("organization", data)).toEqual({ id: "role_1" });
  });

  test("keeps nothing that hides in a kept field", () => {
    expect(eraseData("session", { id: "sess_1", status: { name: "Ada" }, user_id: ["Ada"] })).toEqual({ id: "sess_1" });
    expect(eraseData("subscription", { payer: "Ada", payer_id: "cpayer_1" })).toEqual({ payer_id: "cpayer_1" });
  });
});

function bodiesOf(message: Message): readonly Body[] {
  return (message._tag === "Changed" || message._tag === "Deleted") && message.body !== null ? [message.body] : [];
}

function erased(file: string): object {
  return eraseBody(only(bodiesOf(decode(payloadNamed(file).body)))).value;
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new RangeError("Cannot take the only item of none");
  return item;
}
