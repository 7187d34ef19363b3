import { isUtf8 } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Redacted } from "effect";
import { Webhook, WebhookVerificationError } from "svix";

/** The three headers that sign a delivery, under Svix's names or the Standard Webhooks ones. */
export interface SignatureHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

/** Whose fault it is that a delivery can't be believed. The code is what the sender is told. */
export interface SignatureFault {
  readonly code: "missing_headers" | "invalid_headers" | "invalid_signature" | "timestamp_out_of_range";
  readonly message: string;
}

const PREFIXES = ["svix", "webhook"] as const;
const NAMES = ["id", "timestamp", "signature"] as const;

/** Finds the headers. Checks their form, so that an id is safe to store and to order: printable ASCII, 256 at most. */
export function readSignatureHeaders(headers: Headers): SignatureHeaders | SignatureFault {
  const prefix = PREFIXES.find((it) => NAMES.every((name) => headers.get(`${it}-${name}`))) ?? null;
  if (prefix === null) {
    const missing = NAMES.filter((name) => !headers.get(`svix-${name}`)).map((name) => `svix-${name}`);
    const message = `Send ${missing.join(", ")}: Svix sets them; a request by hand can be made with docket trigger`;
    return { code: "missing_headers", message };
  }
  const id = headers.get(`${prefix}-id`) ?? "";
  const timestamp = headers.get(`${prefix}-timestamp`) ?? "";
  const signature = headers.get(`${prefix}-signature`) ?? "";
  if (!/^[\x21-\x7e]{1,256}$/.test(id)) return malformed(`${prefix}-id`, "1 to 256 printable ASCII characters");
  if (!/^\d{1,12}$/.test(timestamp)) return malformed(`${prefix}-timestamp`, "seconds since the Unix epoch");
  if (!/^[^\s,]+,\S+( +[^\s,]+,\S+)*$/.test(signature)) {
    return malformed(`${prefix}-signature`, 'a list of "v1,<base64>" separated by spaces');
  }
  return { id, timestamp, signature };
}

/** Refuses a time over 5 minutes away, as `Verify` does too: this needs no body. */
export function checkTimestamp({ timestamp }: SignatureHeaders, nowMs: number): SignatureFault | null {
  return Math.abs(Math.floor(nowMs / 1_000) - Number(timestamp)) > TOLERANCE_SECONDS ? OUT_OF_RANGE : null;
}

/** Svix's. */
const TOLERANCE_SECONDS = 300;

function malformed(header: string, expected: string): SignatureFault {
  return { code: "invalid_headers", message: `${header} is malformed: expected ${expected}` };
}

/** Checks a delivery's raw bytes. Any of the secrets may match, so one can be rotated. */
export type Verify = (headers: SignatureHeaders, body: Buffer) => SignatureFault | null;

/**
 * Prepares the check for these secrets, `whsec_...`.
 *
 * It is Svix's scheme (docs.svix.com/receiving/verifying-payloads/how-manual): HMAC-SHA256 over `<id>.<timestamp>.<body>`,
 * by the platform, since Svix's library is pure JavaScript and took a tenth of a delivery's time. A differential test holds
 * the two together. Bodies that are not UTF-8 are left to the library, which signs what they read as.
 */
export function makeVerify(secrets: readonly Redacted.Redacted<string>[]): Verify {
  const keys = secrets.map((secret) => keyOf(Redacted.value(secret)));
  return (headers, body) => {
    const late = checkTimestamp(headers, Date.now());
    if (late !== null) return late;
    return keys.some((key) => isSignedBy(key, { headers, body })) ? null : NO_MATCH;
  };
}

interface Key {
  readonly bytes: Buffer;
  readonly svix: Webhook;
}

interface Delivered {
  readonly headers: SignatureHeaders;
  readonly body: Buffer;
}

function keyOf(secret: string): Key {
  // Refuses what is no secret.
  const svix = new Webhook(secret);
  return { bytes: Buffer.from(secret.replace(/^whsec_/, ""), "base64"), svix };
}

function isSignedBy({ bytes, svix }: Key, { headers, body }: Delivered): boolean {
  if (!isUtf8(body)) return isSignedAsText(svix, { headers, body });
  const prefix = `${headers.id}.${Number(headers.timestamp)}.`;
  const wanted = Buffer.from(createHmac("sha256", bytes).update(prefix).update(body).digest("base64"));
  return headers.signature.split(" ").some((versioned) => {
    const [version, signature = ""] = versioned.split(",");
    const given = Buffer.from(signature);
    return version === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

function isSignedAsText(svix: Webhook, { headers, body }: Delivered): boolean {
  const { id, timestamp, signature } = headers;
  try {
    svix.verify(body, { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature });
    return true;
  } catch (cause) {
    if (!(cause instanceof WebhookVerificationError)) throw cause;
    return false;
  }
}

const NO_MATCH: SignatureFault = {
  code: "invalid_signature",
  message: "No signature matches: check that CLERK_WEBHOOK_SIGNING_SECRET is this endpoint's signing secret",
};

const OUT_OF_RANGE: SignatureFault = {
  code: "timestamp_out_of_range",
  message: "The signature's timestamp is over 5 minutes away: send it again, and check the clocks of both sides",
};
