import type { Sender } from "./requests.ts";
import { clerkHeaders, INSTANCE_ID, stripeHeaders } from "./signing.ts";

/** One message, by hand. */
export interface OneMessage {
  readonly sender: Sender;
  readonly event: "created" | "updated" | "deleted";
  /** Its user or customer, without the sender's prefix. */
  readonly key: string;
  /** When it happened. */
  readonly atMs: number;
  readonly name: string;
  /** @default now */
  readonly signedAtMs?: number;
}

/** What the sender calls the one with this key. */
export function idOf(sender: Sender, key: string): string {
  return `${sender === "clerk" ? "user" : "cus"}_${key}`;
}

/** A message that can be sent several times. */
export interface Parcel {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let made = 0;

/** Another message at each call. */
export function parcelOf(message: OneMessage): Parcel {
  const { sender, signedAtMs = Date.now() } = message;
  const body = JSON.stringify(sender === "clerk" ? clerkMessage(message) : stripeMessage(message));
  const lines =
    sender === "clerk"
      ? clerkHeaders(body, { id: `msg_one_${made++}`, atMs: signedAtMs })
      : stripeHeaders(body, signedAtMs);
  const headers = Object.fromEntries(lines.map((line) => line.split(": ", 2)));
  return { headers: { "content-type": "application/json", ...headers }, body };
}

function clerkMessage({ event, key, atMs, name }: OneMessage): object {
  const id = idOf("clerk", key);
  const email = `idn_${key}`;
  const data = {
    id,
    object: "user",
    first_name: "Ada",
    last_name: name,
    primary_email_address_id: email,
    email_addresses: [{ id: email, object: "email_address", email_address: `${key}@example.com` }],
    public_metadata: {},
    created_at: atMs,
    updated_at: atMs,
  };
  const gone = { id, object: "user", deleted: true };
  const envelope = { object: "event", type: `user.${event}`, instance_id: INSTANCE_ID, timestamp: atMs };
  return { ...envelope, data: event === "deleted" ? gone : data };
}

function stripeMessage({ event, key, atMs, name }: OneMessage): object {
  const seconds = Math.floor(atMs / 1_000);
  const customer = {
    id: idOf("stripe", key),
    object: "customer",
    created: seconds,
    description: name,
    email: `${key}@example.com`,
    livemode: false,
    metadata: {},
  };
  return {
    id: `evt_one_${made++}`,
    object: "event",
    api_version: "2020-08-27",
    created: seconds,
    livemode: false,
    pending_webhooks: 1,
    request: null,
    type: `customer.${event}`,
    data: { object: customer },
  };
}
