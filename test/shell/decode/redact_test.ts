import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decode, PAYLOADS, payloadNamed } from "../../support/payloads.ts";

const CODE = "123456";
const MAILS = PAYLOADS.filter(({ envelope }) => /^(email|sms)\./.test(envelope.type));

describe("decodeDelivery() and one-time codes", () => {
  test.each(MAILS.map((payload) => [payload.file, payload] as const))("keeps none of %s", (_file, { body }) => {
    const codes = /\b(123456|654321)\b/;
    expect(body).toMatch(codes);
    expect(JSON.stringify(decode(body))).not.toMatch(codes);
  });

  test("says where they were", () => {
    const message = decode(payloadNamed("constructed-email.created__1.json").body);
    const data = {
      subject: "[redacted]",
      body: "[redacted]",
      body_plain: "[redacted]",
      data: {},
      slug: "verification_code",
    };
    expect(message).toMatchObject({ _tag: "Changed", body: { data } });
    expect(JSON.parse(message.payload)).toMatchObject({ type: "email.created", data });
    expect(JSON.parse(message.payload).data).not.toHaveProperty("message");
  });

  test.each([
    ["of types yet unknown", { type: "sms.failed", data: { message: CODE } }],
    ["of what is not understood", { type: "email.created", data: { subject: CODE, body: { html: CODE } } }],
    ["of data that is text", { type: "email.created", timestamp: 1, data: CODE }],
    ["of data that is a list", { type: "email.created", timestamp: 1, data: [CODE] }],
    ["of a body without a timestamp", { type: "sms.created", data: { id: "sms_1", data: { otp_code: CODE } } }],
    [
      "of a foreign instance",
      { type: "sms.created", instance_id: "ins_other", timestamp: 1, data: { id: "sms_1", message: CODE } },
    ],
  ])("keeps none %s", (_case, envelope) => {
    expect(JSON.stringify(decode(JSON.stringify(envelope)))).not.toContain(CODE);
  });

  test("redacts what is redacted to the same text", () => {
    for (const { body } of MAILS) {
      const { payload } = decode(body);
      expect(decode(payload).payload).toBe(payload);
    }
  });

  test("never keeps a code, wherever in data it stands", () => {
    const fields = fc.constantFrom("subject", "body", "body_plain", "message", "data");
    const carriers = fc.constantFrom<((code: string) => unknown)[]>(
      (code) => code,
      (code) => [code],
      (code) => ({ otp_code: code }),
      (code) => ({ deep: [{ [code]: 1 }] }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...MAILS), fc.array(fc.tuple(fields, carriers)), ({ envelope }, places) => {
        const fresh = Object.fromEntries(places.map(([field, carry]) => [field, carry("987-code")]));
        const body = JSON.stringify({ ...envelope, data: { ...envelope.data, ...fresh } });
        expect(JSON.stringify(decode(body))).not.toContain("987-code");
      }),
    );
  });
});
