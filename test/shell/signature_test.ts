import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Redacted } from "effect";
import fc from "fast-check";
import { Webhook, WebhookVerificationError } from "svix";
import { makeVerify, type SignatureHeaders } from "../../src/shell/signature.ts";

const SECRETS = [1, 2].map((seed) => `whsec_${Buffer.alloc(24, seed).toString("base64")}`);
const OTHER = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;
const verify = makeVerify(SECRETS.map((secret) => Redacted.make(secret)));

/** What Svix's own library says, with any of the secrets. */
function svixSays({ id, timestamp, signature }: SignatureHeaders, body: Buffer): boolean {
  return SECRETS.some((secret) => {
    try {
      new Webhook(secret).verify(body, { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature });
      return true;
    } catch (cause) {
      if (!(cause instanceof WebhookVerificationError)) throw cause;
      return false;
    }
  });
}

function sign(secret: string, { id, timestamp, body }: { id: string; timestamp: string; body: Buffer }): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return createHmac("sha256", key)
    .update(`${id}.${Number(timestamp)}.`)
    .update(body)
    .digest("base64");
}

const id = fc.string({ unit: fc.constantFrom(..."aZ09_.,:;=+/-"), minLength: 1, maxLength: 20 });
const body = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from("\ufeff{}")),
);
const timestamp = fc
  .record({ seconds: fc.integer({ min: -280, max: 280 }), zeros: fc.nat(2) })
  .map(({ seconds, zeros }) => "0".repeat(zeros) + (Math.floor(Date.now() / 1_000) + seconds));
/** How one signature of the header is made of the right one. */
const part = fc.constantFrom(
  (right: string) => `v1,${right}`,
  (right: string) => `v1,${right},more`,
  (right: string) => `v2,${right}`,
  (right: string) => `V1,${right}`,
  (right: string) => `v1a,${right}`,
  (right: string) => `v1,${right.slice(0, -1)}`,
  (right: string) => `v1,${right.replace(/=$/, "")}`,
  (right: string) => `v1,${right}=`,
  (right: string) => `v1,${right.toLowerCase()}`,
  (right: string) => `v1,${right.slice(0, 5)}\u00e9${right.slice(6)}`,
  () => "v1,",
  () => "v1",
  () => "",
);
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const headerOf = (right: string, parts: readonly ((right: string) => string)[]): string =>
  parts.map((make) => make(right)).join(" ");

describe("makeVerify()", () => {
  test("agrees with Svix's library on whatever comes", () => {
    const cases = fc.record({
      id,
      body,
      timestamp,
      secret: fc.constantFrom(...SECRETS, OTHER),
      parts: fc.array(part, { minLength: 1, maxLength: 4 }),
      signedId: seldom(id),
      flip: seldom(fc.nat(60)),
    });
    let [good, bad] = [0, 0];
    fc.assert(
      fc.property(cases, ({ flip, parts, secret, signedId, ...sent }) => {
        const right = sign(secret, { ...sent, id: signedId ?? sent.id });
        const headers = { id: sent.id, timestamp: sent.timestamp, signature: headerOf(right, parts) };
        const bytes = Buffer.from(sent.body);
        if (flip !== null && flip < bytes.length) bytes[flip] = (bytes[flip] ?? 0) ^ 1;
        const expected = svixSays(headers, bytes);
        if (expected) good++;
        else bad++;
        expect(verify(headers, bytes) === null).toBe(expected);
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 1_000) },
    );
    // Neither side may be all there is.
    expect(Math.min(good, bad)).toBeGreaterThan(50);
  });

  test("says what is wrong", () => {
    const sent = { id: "msg_1", body: Buffer.from("{}") };
    const at = (seconds: number): string => String(Math.floor(Date.now() / 1_000) + seconds);
    const codeOf = (timestamp: string, secret: string): string | undefined =>
      verify({ ...sent, timestamp, signature: `v1,${sign(secret, { ...sent, timestamp })}` }, sent.body)?.code;
    expect(codeOf(at(0), SECRETS[1] ?? "")).toBeUndefined();
    expect(codeOf(at(0), OTHER)).toBe("invalid_signature");
    expect(codeOf(at(-301), SECRETS[0] ?? "")).toBe("timestamp_out_of_range");
    expect(codeOf(at(302), SECRETS[0] ?? "")).toBe("timestamp_out_of_range");
  });
});
