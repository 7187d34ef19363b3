import { createHmac } from "node:crypto";

export const INSTANCE_ID = "ins_bench";
/** What all servers of the bench verify with: 32 bytes in base64. */
export const SIGNING_SECRET = `whsec_${Buffer.from("a secret of 32 bytes, of no use.").toString("base64")}`;
const KEY = Buffer.from(SIGNING_SECRET.slice("whsec_".length), "base64");

interface ClerkSigned {
  readonly id: string;
  readonly atMs: number;
}

/** As Svix does. */
export function clerkHeaders(body: string, { id, atMs }: ClerkSigned): readonly string[] {
  const seconds = Math.floor(atMs / 1_000);
  const signature = createHmac("sha256", KEY).update(`${id}.${seconds}.${body}`).digest("base64");
  return [`svix-id: ${id}`, `svix-timestamp: ${seconds}`, `svix-signature: v1,${signature}`];
}

export function stripeHeaders(body: string, atMs: number): readonly string[] {
  const seconds = Math.floor(atMs / 1_000);
  const signature = createHmac("sha256", SIGNING_SECRET).update(`${seconds}.${body}`).digest("hex");
  return [`stripe-signature: t=${seconds},v1=${signature}`];
}

interface Parts {
  readonly headers: readonly string[];
  readonly body: string;
}

/** As it goes over the wire. */
export function toRequest(path: string, { headers, body }: Parts): Buffer {
  const bytes = Buffer.from(body);
  const lines = ["host: localhost", "content-type: application/json", `content-length: ${bytes.length}`, ...headers];
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`), bytes]);
}
