import { createHmac, timingSafeEqual } from "node:crypto";
import { Redacted } from "effect";
import { digest } from "../api/digest.ts";

/** Who has signed in to the dashboard, known by a cookie alone: nothing is kept, so any process knows it. */
export interface SessionCookies {
  /** The cookie of somebody who has just shown the token, as the header `set-cookie`. */
  issue(options: IssueOptions): string;
  /** True if the request brings one of ours that has not expired. */
  isIn(request: Request, nowMs: number): boolean;
}

export interface IssueOptions {
  readonly nowMs: number;
  /** Whether the browser came by https, as far as we know. */
  readonly secure: boolean;
}

const NAME = "docket_session";
const LIFE_SECONDS = 12 * 60 * 60;
const ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Strict";

/** The header `set-cookie` that ends a session in its browser. */
export const ENDED_SESSION = `${NAME}=; Max-Age=0${ATTRIBUTES}`;

/** Cookies that hold when they end, under a seal that only who has the token can make. A new token ends them all. */
export function makeSessionCookies(adminToken: Redacted.Redacted<string>): SessionCookies {
  const key = digest(`docket session\n${Redacted.value(adminToken)}`);
  const seal = (expiresMs: string): string => createHmac("sha256", key).update(expiresMs).digest("hex");
  return {
    issue: ({ nowMs, secure }) => {
      const expiresMs = String(nowMs + LIFE_SECONDS * 1_000);
      const attributes = `; Max-Age=${LIFE_SECONDS}${ATTRIBUTES}${secure ? "; Secure" : ""}`;
      return `${NAME}=${expiresMs}.${seal(expiresMs)}${attributes}`;
    },
    isIn: (request, nowMs) =>
      cookiesOf(request).some((value) => {
        const [, expiresMs, sent] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(value) ?? [];
        if (expiresMs === undefined || sent === undefined || Number(expiresMs) <= nowMs) return false;
        return timingSafeEqual(digest(sent), digest(seal(expiresMs)));
      }),
  };
}

/** All of our name: a neighbour on the same host may have set one for another path. */
function cookiesOf({ headers }: Request): readonly string[] {
  const pairs = (headers.get("cookie") ?? "").split(/; */);
  return pairs.filter((it) => it.startsWith(`${NAME}=`)).map((it) => it.slice(NAME.length + 1));
}
