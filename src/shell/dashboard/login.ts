import { Redacted } from "effect";
import { isSameSecret } from "../api/digest.ts";
import type { Guard } from "../api/guard.ts";
import { isSurelyOwnPage } from "../api/origin.ts";
import { makeBodyBudget } from "../body_budget.ts";
import { readBody } from "../read_body.ts";
import type { Reply } from "../reply.ts";
import { makeAttempts } from "./attempts.ts";
import { type Notice, noticePage } from "./notice_page.ts";
import { pageHeaders } from "./page_headers.ts";
import { makeSessionCookies } from "./session_cookie.ts";

/** How a browser gets in. */
export interface Login {
  /** False without a token: then there is nothing to sign in to. */
  readonly hasLogin: boolean;
  /** What somebody gets whom the guard refused. */
  readonly refuse: (request: Request, refusal: Reply) => Response;
  /** Takes the token that was posted, and gives a cookie for it. */
  readonly enter: (request: Request, address: string | undefined) => Promise<Response>;
}

export interface LoginOptions {
  readonly guard: Guard;
  readonly adminToken: Redacted.Redacted<string> | undefined;
  /** Told of each wrong token. */
  readonly onWrong: () => void;
}

const BODY_BYTES_MAX = 4_096;
const BODY_TIME_LIMIT_MS = 5_000;
const BODIES_BYTES_MAX = 1_000_000;

/** Prepares signing in with the token; without one there is nothing to sign in to, and the guard alone decides. */
export function makeLogin({ guard, adminToken, onWrong }: LoginOptions): Login {
  const refuse: Login["refuse"] = (request, { status, body }) => {
    if (status === 401) return noticeReply(401, { ...SIGN_IN, again: isFromAfar(request) });
    return noticeReply(status, {
      title: "Not from here",
      text: "error" in body ? body.error.message : "",
      form: false,
    });
  };
  if (adminToken === undefined) {
    return {
      hasLogin: false,
      refuse,
      enter: async (request, address) => {
        const refusal = guard(request, address);
        return refusal === null ? inside() : refuse(request, refusal);
      },
    };
  }
  const expected = Redacted.value(adminToken);
  const cookies = makeSessionCookies(adminToken);
  const bodies = makeBodyBudget(BODIES_BYTES_MAX);
  const attempts = makeAttempts();
  return {
    hasLogin: true,
    refuse,
    enter: async (request, address) => {
      if (!isSurelyOwnPage(request)) return noticeReply(403, FOREIGN);
      const waitSeconds = attempts.take(address ?? "", Date.now());
      if (waitSeconds > 0) return noticeReply(429, TOO_MANY, { "retry-after": String(waitSeconds) });
      const lease = bodies.lease();
      const read = await readBody(request, { bytesMax: BODY_BYTES_MAX, timeLimitMs: BODY_TIME_LIMIT_MS, lease });
      lease.release();
      const token = read._tag === "Whole" ? new URLSearchParams(read.bytes.toString("utf8")).get("token") : null;
      if (token === null || !isSameSecret(token.trim(), expected)) {
        onWrong();
        return noticeReply(401, WRONG);
      }
      return inside({ "set-cookie": cookies.issue({ nowMs: Date.now(), secure: isSecure(request) }) });
    },
  };
}

/** A notice as an answer. */
export function noticeReply(status: number, notice: Notice, more: Readonly<Record<string, string>> = {}): Response {
  const headers = new Headers({ ...pageHeaders(), "content-type": "text/html;charset=utf-8", ...more });
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(noticePage(notice), { status, headers });
}

function inside(more: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { ...pageHeaders(), location: "/", ...more } });
}

/** True for somebody who followed a link of another site: then the browser keeps a strict cookie back. */
function isFromAfar({ headers }: Request): boolean {
  return /^(cross|same)-site$/.test(headers.get("sec-fetch-site") ?? "");
}

function isSecure({ headers, url }: Request): boolean {
  return url.startsWith("https:") || headers.get("x-forwarded-proto") === "https";
}

const TEXT = "Sign in with the service's <code>DOCKET_ADMIN_TOKEN</code>.";
const SIGN_IN = { title: "Docket", text: TEXT, form: true };
const WRONG = { title: "That is not the token", text: TEXT, form: true };
const TOO_MANY = { title: "Too many attempts", text: "Wait a minute, then try again.", form: true };
const FOREIGN = { title: "Not from here", text: "Sign in on the dashboard's own page.", form: false };
