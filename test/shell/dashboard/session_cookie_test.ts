import { describe, expect, test } from "bun:test";
import { Redacted } from "effect";
import { makeSessionCookies } from "../../../src/shell/dashboard/session_cookie.ts";

const DAY_MS = 86_400_000;
const cookies = makeSessionCookies(Redacted.make("a-token-of-more-than-sixteen"));
const issued = cookies.issue({ nowMs: DAY_MS, secure: false });
const [cookie = ""] = issued.split(";");

function carrying(text: string): Request {
  return new Request("http://localhost/", { headers: { cookie: text } });
}

describe("makeSessionCookies()", () => {
  test("knows its own cookie for twelve hours", () => {
    expect(cookies.isIn(carrying(cookie), DAY_MS)).toBe(true);
    expect(cookies.isIn(carrying(cookie), DAY_MS * 1.5 - 1)).toBe(true);
    expect(cookies.isIn(carrying(cookie), DAY_MS * 1.5)).toBe(false);
  });

  test("finds it among others, of the same name too", () => {
    expect(cookies.isIn(carrying(`a=b; docket_session=x; ${cookie}; c=d`), DAY_MS)).toBe(true);
  });

  test("does not know one that says it ends later, or was made with another token", () => {
    const [, seal = ""] = cookie.split(".");
    expect(cookies.isIn(carrying(`docket_session=${DAY_MS * 9}.${seal}`), DAY_MS)).toBe(false);
    const [other = ""] = makeSessionCookies(Redacted.make("another-token-of-sixteen"))
      .issue({ nowMs: DAY_MS, secure: false })
      .split(";");
    expect(cookies.isIn(carrying(other), DAY_MS)).toBe(false);
    expect(cookies.isIn(carrying(""), DAY_MS)).toBe(false);
  });

  test("sends it by https alone where the browser came by it", () => {
    expect(issued).not.toContain("Secure");
    expect(cookies.issue({ nowMs: DAY_MS, secure: true })).toEndWith("; Secure");
  });
});
