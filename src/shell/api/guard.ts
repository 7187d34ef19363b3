import { Redacted } from "effect";
import { makeSessionCookies } from "../dashboard/session_cookie.ts";
import { errorReply, type Reply } from "../reply.ts";
import { isSameSecret } from "./digest.ts";
import { isOwnOrigin, isReading, isSurelyOwnPage } from "./origin.ts";

/** Null when the request may be answered, else what it is answered instead. `address` is the socket's other end. */
export type Guard = (request: Request, address: string | undefined) => Reply | null;

/**
 * Guards what only the operator may see and do. With a token, whoever sends it is let in, and the browser that signed in
 * with it. Without one, only this machine itself: by the socket's address, never by what a header says of it; and not
 * through a proxy, behind which everybody would be this machine; and not under a foreign name, by which a page in a
 * browser could have got here (DNS rebinding). Nor may a page of another site have a browser change anything, though it
 * could not see the answer.
 */
export function makeGuard(adminToken: Redacted.Redacted<string> | undefined): Guard {
  if (adminToken === undefined) {
    return (request, address) => {
      if (!isLocal(request, address)) return LOOPBACK_ONLY;
      return isReading(request) || isOwnOrigin(request) ? null : FOREIGN_ORIGIN;
    };
  }
  const expected = Redacted.value(adminToken);
  const cookies = makeSessionCookies(adminToken);
  return (request) => {
    const authorization = request.headers.get("authorization");
    if (authorization === null && cookies.isIn(request, Date.now())) {
      return isReading(request) || isSurelyOwnPage(request) ? null : FOREIGN_PAGE;
    }
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    return token !== undefined && isSameSecret(token, expected) ? null : UNAUTHORIZED;
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

const FOREIGN_ORIGIN = errorReply(
  "foreign_origin",
  "Without DOCKET_ADMIN_TOKEN a page of another site may change nothing here: set it, restart, and send it as Authorization: Bearer <token>",
);

const FOREIGN_PAGE = errorReply(
  "foreign_origin",
  "A page of another site may change nothing here: use the dashboard itself, or send Authorization: Bearer <token>",
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
