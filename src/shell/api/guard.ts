import { createHash, timingSafeEqual } from "node:crypto";
import { Redacted } from "effect";
import { errorReply, type Reply } from "../reply.ts";

/** Null when the request may be answered, else what it is answered instead. `address` is the socket's other end. */
export type Guard = (request: Request, address: string | undefined) => Reply | null;

/**
 * Guards what only the operator may see. With a token, whoever sends it is let in. Without one, only this machine
 * itself: by the socket's address, never by what a header says of it; and not through a proxy, behind which everybody
 * would be this machine; and not under a foreign name, by which a page in a browser could have got here (DNS rebinding).
 */
export function makeGuard(adminToken: Redacted.Redacted<string> | undefined): Guard {
  if (adminToken === undefined) return (request, address) => (isLocal(request, address) ? null : LOOPBACK_ONLY);
  const expected = digest(Redacted.value(adminToken));
  return (request) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    // Digests have one length, so that the time of comparing tells nothing of the token.
    return token !== undefined && timingSafeEqual(digest(token), expected) ? null : UNAUTHORIZED;
  };
}

const UNAUTHORIZED = errorReply(
  "unauthorized",
  "Send the header Authorization: Bearer <token>, with the service's DOCKET_ADMIN_TOKEN",
);

const LOOPBACK_ONLY = errorReply(
  "loopback_only",
  "Without DOCKET_ADMIN_TOKEN only this machine itself is answered, at localhost and not through a proxy: set it (16 characters or more), restart, and send it as Authorization: Bearer <token>",
);

/** What proxies add. One is enough to give them away. */
const FORWARDING_HEADERS = [
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "forwarded",
  "x-real-ip",
  "via",
];

function isLocal({ headers }: Request, address: string | undefined): boolean {
  return (
    address !== undefined &&
    /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i.test(address) &&
    !FORWARDING_HEADERS.some((name) => headers.has(name)) &&
    /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(headers.get("host") ?? "")
  );
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
