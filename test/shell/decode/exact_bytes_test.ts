import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { Message } from "../../../src/core/mod.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { payloadNamed } from "../../support/payloads.ts";

const USER = payloadNamed("constructed-user.updated__2.json");

function having(fields: object): string {
  return JSON.stringify({ ...USER.envelope, ...fields });
}

describe("decodeDelivery() of bytes", () => {
  test("keeps the bytes of what no text in a database can say, and hashes them", () => {
    const deliver = (body: Uint8Array | string): Message => decodeDelivery({ svixId: "msg_1", body, receivedAtMs: 1 });
    const latin = Buffer.from(having({ instance_id: "ins_caf\u00e9" }), "latin1");
    expect(deliver(latin)).toMatchObject({
      _tag: "Unreadable",
      fault: "body: expected UTF-8",
      type: "user.updated",
      payload: latin.toString("utf8"),
      payloadHex: latin.toString("hex"),
      bodyHash: createHash("sha256").update(latin).digest("hex"),
    });
    expect(deliver("a\u0000b")).toMatchObject({ payload: "a\u0000b", payloadHex: "610062" });
    expect(deliver(Buffer.from("a\u0000b"))).toEqual(deliver("a\u0000b"));
    const user = having({ note: "\u00e9\ufffd" });
    expect(deliver(user)).toMatchObject({ _tag: "Changed", payload: user, payloadHex: null });
    expect(deliver(Buffer.from(user))).toEqual(deliver(user));
    expect(deliver(Buffer.from("\ufeff{}"))).toMatchObject({ payload: "\ufeff{}", payloadHex: null });
  });

  test("keeps no bytes of what carries one-time codes", () => {
    const email = { type: "email.created", timestamp: 1, data: { id: "ema_1", body: "123456", slug: "\u00e9" } };
    const body = Buffer.from(JSON.stringify(email), "latin1");
    const message = decodeDelivery({ svixId: "msg_1", body, receivedAtMs: 1 });
    expect(message).toMatchObject({ _tag: "Unreadable", fault: "body: expected UTF-8", payloadHex: null });
    expect(message.payload).not.toContain("123456");
  });
});
