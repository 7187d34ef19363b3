import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { Effect, Fiber, Redacted } from "effect";
import { TestClock } from "effect/testing";
import { type ClerkApi, type ClerkApiOptions, makeClerkApi } from "../../../src/shell/clerk/clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "../../../src/shell/clerk/clerk_failure.ts";
import { entityPath, getEntity } from "../../../src/shell/clerk/get_entity.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { INSTANCE_ID } from "../../support/histories.ts";

let clerk: FakeClerk = startFakeClerk();
let api: ClerkApi = client();
beforeEach(async () => {
  await clerk[Symbol.asyncDispose]();
  clerk = startFakeClerk();
  api = client();
});
afterAll(() => clerk[Symbol.asyncDispose]());

function client(options: Partial<ClerkApiOptions> = {}): ClerkApi {
  return makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey), ...options });
}

type Failed = ClerkFailure | ClerkNotFound;

function failureOf(effect: Effect.Effect<unknown, Failed>): Promise<Failed> {
  return Effect.runPromise(Effect.flip(effect));
}

describe("request()", () => {
  test("sends the key, the API version and JSON, and reads JSON", async () => {
    const id = clerk.world.addUser();
    const body = { public_metadata: { plan: "pro" } };
    const call = { body, idempotencyKey: "welcome/user/user_1/+", query: { a: ["1", "2"], b: true } };
    const user = await Effect.runPromise(api.request("PATCH", `/users/${id}/metadata`, call));
    expect(user).toEqual(clerk.world.get("user", id) ?? null);
    expect(clerk.calls).toMatchObject([
      {
        method: "PATCH",
        path: `/users/${id}/metadata`,
        search: "?a=1&a=2&b=true",
        body,
        headers: {
          authorization: `Bearer ${clerk.secretKey}`,
          "clerk-api-version": "2026-05-12",
          "content-type": "application/json",
          "idempotency-key": "welcome/user/user_1/+",
        },
      },
    ]);
  });

  test("makes a header of any job's key", async () => {
    await Effect.runPromise(api.request("GET", "/instance", { idempotencyKey: "grüße/user/😀\n" }));
    expect(clerk.calls[0]?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    [400, "PermanentFailure", "Clerk answered 400 told_to (trace d5bb9d2a5ad4bcb4c9c5f0a7b1a6f3e1)"],
    [402, "PermanentFailure", "Clerk answered 402 told_to"],
    [409, "PermanentFailure", "Clerk answered 409 told_to"],
    [422, "PermanentFailure", "Clerk answered 422 told_to"],
    [404, "ClerkNotFound", "Clerk answered 404 told_to"],
    [401, "TransientFailure", "check CLERK_SECRET_KEY"],
    [403, "TransientFailure", "check CLERK_SECRET_KEY, and that the instance has the feature"],
    [408, "TransientFailure", "Clerk answered 408"],
    [500, "TransientFailure", "Clerk answered 500"],
    [503, "TransientFailure", "Clerk answered 503"],
    [429, "RateLimited", "Clerk answered 429"],
  ])("takes a %i for a %s", async (status, tag, message) => {
    clerk.fail({ _tag: "Refuse", status, code: "told_to" });
    const failure = await failureOf(api.request("GET", "/users/user_1"));
    expect<string>(failure._tag).toBe(tag);
    expect(failure.message).toContain(message);
    // Clerk's own words may name a person.
    expect(failure.message).not.toMatch(/Ada|@|sk_/);
  });

  test("names the field that Clerk names", async () => {
    const failure = await failureOf(api.request("GET", "/sessions", { query: { status: "pending" } }));
    expect(failure.message).toStartWith("Clerk answered 422 form_param_value_invalid of status");
  });

  test("comes again when Clerk says, though it is under maintenance and not busy", async () => {
    clerk.fail({ _tag: "Refuse", status: 503, code: "maintenance_mode", retryAfterSeconds: 60 });
    expect(await failureOf(api.request("GET", "/users"))).toMatchObject({ _tag: "RateLimited", retryAfterMs: 60_000 });
  });

  test("repeats no code that looks like no code", async () => {
    clerk.fail({ _tag: "Refuse", status: 400, code: "Ada <ada@example.org>" });
    expect((await failureOf(api.request("GET", "/users"))).message).toStartWith("Clerk answered 400 unnamed (trace");
  });

  test("says that the key is wrong without showing it", async () => {
    const wrong = client({ secretKey: Redacted.make("sk_test_wrong") });
    const failure = await failureOf(wrong.request("GET", "/instance"));
    expect(failure).toMatchObject({ _tag: "TransientFailure" });
    expect(failure.message).toStartWith("Clerk answered 401 clerk_key_invalid");
    expect(`${failure.message} ${Bun.inspect(failure)} ${Bun.inspect(wrong)}`).not.toContain("sk_test_wrong");
  });

  test("fails at once, and says what to set, without a key", async () => {
    const failure = await failureOf(client({ secretKey: undefined }).request("GET", "/instance"));
    expect(failure._tag).toBe("TransientFailure");
    expect(failure.message).toStartWith("CLERK_SECRET_KEY is not set");
    expect(clerk.calls).toEqual([]);
  });

  test.each([
    ["a proxy's 404", { _tag: "Page", status: 404 }, "not as Clerk does: check CLERK_API_URL"],
    ["a proxy's 400", { _tag: "Page", status: 400 }, "not as Clerk does: check CLERK_API_URL"],
    ["a redirect", { _tag: "Page", status: 302, headers: { location: "http://127.0.0.1:1/" } }, "check CLERK_API_URL"],
    ["a page that is no JSON", { _tag: "Page", status: 200 }, "without JSON: check CLERK_API_URL"],
    ["a broken connection", { _tag: "Drop", done: false }, "Cannot reach Clerk: ECONNRESET"],
  ] as const)("tries again after %s", async (_name, fault, message) => {
    clerk.fail(fault);
    const failure = await failureOf(api.request("GET", "/users/user_1"));
    expect(failure._tag).toBe("TransientFailure");
    expect(failure.message).toContain(message);
  });

  test("tries again when nobody listens", async () => {
    const failure = await failureOf(client({ apiUrl: "http://127.0.0.1:1" }).request("GET", "/instance"));
    expect(failure).toMatchObject({ _tag: "TransientFailure" });
    expect(failure.message).toStartWith("Cannot reach Clerk: ");
  });

  test("has a time limit", async () => {
    clerk.fail({ _tag: "Slow", ms: 2_000 });
    const failure = await failureOf(client({ timeLimitMs: 40 }).request("GET", "/instance"));
    expect(failure).toMatchObject({ _tag: "TransientFailure", message: "Clerk did not answer within 40 ms" });
  });

  test("leaves Clerk alone for as long as it asks, for all that want to ask", async () => {
    clerk.fail({ _tag: "Refuse", status: 429, code: "rate_limit_exceeded", retryAfterSeconds: 7 });
    const program = Effect.gen(function* () {
      const first = yield* Effect.flip(api.request("GET", "/instance"));
      yield* TestClock.adjust("3 seconds");
      const second = yield* Effect.flip(api.request("GET", "/users"));
      expect(clerk.calls.length).toBe(1);
      yield* TestClock.adjust("4 seconds");
      return [first, second, yield* api.request("GET", "/users")] as const;
    });
    const [first, second, third] = await Effect.runPromise(Effect.provide(program, TestClock.layer()));
    expect(first).toMatchObject({ _tag: "RateLimited", retryAfterMs: 7_000 });
    expect(second).toMatchObject({ _tag: "RateLimited", retryAfterMs: 4_000 });
    expect(third).toEqual([]);
  });

  test("lets no answer keep all from asking for more than a minute", async () => {
    clerk.fail({ _tag: "Page", status: 503, headers: { "retry-after": "86400" } });
    const program = Effect.gen(function* () {
      const failure = yield* Effect.flip(api.request("GET", "/users"));
      yield* TestClock.adjust("1 minute");
      expect(yield* api.request("GET", "/users")).toEqual([]);
      return failure;
    });
    const failure = await Effect.runPromise(Effect.provide(program, TestClock.layer()));
    expect(failure).toMatchObject({ _tag: "RateLimited", retryAfterMs: 86_400_000 });
  });

  test("has a few requests under way at once, and no more", async () => {
    clerk.fail({ _tag: "Slow", ms: 15 }, { times: 9 });
    const narrow = client({ concurrency: 3 });
    await Effect.runPromise(
      Effect.forEach(Array(9).fill("/instance"), (path) => narrow.request("GET", path), { concurrency: "unbounded" }),
    );
    expect(clerk.mostAtOnce()).toBe(3);
  });

  test("ends the request and gives its place back when it is interrupted", async () => {
    clerk.fail({ _tag: "Slow", ms: 2_000 });
    const narrow = client({ concurrency: 1 });
    const program = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(narrow.request("GET", "/instance"));
      yield* Effect.sleep("20 millis");
      yield* Fiber.interrupt(fiber);
      return yield* narrow.request("GET", "/users");
    });
    expect(await Effect.runPromise(program)).toEqual([]);
    for (let waited = 0; clerk.hangUps() === 0 && waited < 100; waited += 1) await Bun.sleep(5);
    expect(clerk.hangUps()).toBe(1);
  });

  test.each([
    "/organizations/org_1/memberships/..",
    "/users/user_1/../user_2",
    "/users/",
    "/users/a b",
    "/users/%2e%2e",
  ])("refuses the path %s, which an id could turn elsewhere", async (path) => {
    expect(await failureOf(api.request("DELETE", path))).toMatchObject({ _tag: "PermanentFailure" });
    expect(clerk.calls).toEqual([]);
  });
});

describe("instanceId", () => {
  test("is asked until it is known, and then no more", async () => {
    clerk.fail({ _tag: "Refuse", status: 500, code: "internal_clerk_error" });
    expect((await failureOf(api.instanceId))._tag).toBe("TransientFailure");
    expect(await Effect.runPromise(api.instanceId)).toBe(INSTANCE_ID);
    expect(await Effect.runPromise(api.instanceId)).toBe(INSTANCE_ID);
    expect(clerk.calls.length).toBe(2);
  });
});

describe("getEntity()", () => {
  const organization = { kind: "organization", id: "org_1" } as const;

  test("gets what Clerk has, and says what it has not", async () => {
    const userId = clerk.world.addUser();
    const organizationId = clerk.world.addOrganization(userId);
    const sessionId = clerk.world.addSession(userId);
    const invitationId = clerk.world.addInvitation(organizationId);
    const parents = [{ kind: "organization", id: organizationId }] as const;
    for (const ref of [
      { kind: "user", id: userId },
      { kind: "organization", id: organizationId },
      { kind: "session", id: sessionId },
      { kind: "organization_invitation", id: invitationId },
    ] as const) {
      const data = clerk.world.get(ref.kind, ref.id) ?? {};
      expect(await Effect.runPromise(getEntity(api, ref, parents))).toEqual({ _tag: "Found", data });
      const missing = { ...ref, id: `${ref.id}x` };
      expect(await Effect.runPromise(getEntity(api, missing, parents))).toEqual({ _tag: "Missing" });
    }
  });

  test("takes no organization for another whose slug is its id", async () => {
    const userId = clerk.world.addUser();
    const slug = clerk.world.get("organization", clerk.world.addOrganization(userId))?.["slug"];
    const failure = await failureOf(getEntity(api, { kind: "organization", id: String(slug) }));
    expect(failure._tag).toBe("TransientFailure");
  });

  test("knows what can't be asked for", async () => {
    const ask = (ref: Parameters<typeof getEntity>[1]) => Effect.runPromise(getEntity(api, ref));
    expect(await ask({ kind: "organization_membership", id: "orgmem_1" })).toEqual({ _tag: "CannotAsk" });
    expect(await ask({ kind: "organization_invitation", id: "orginv_1" })).toEqual({ _tag: "CannotAsk" });
    expect(await ask({ kind: "user", id: "../instance" })).toEqual({ _tag: "CannotAsk" });
    expect(entityPath({ kind: "role", id: "role_1" }, [])).toBe("/organization_roles/role_1");
    expect(entityPath({ kind: "permission", id: "perm_1" }, [])).toBe("/organization_permissions/perm_1");
    expect(entityPath({ kind: "organization_invitation", id: "orginv_1" }, [organization])).toBe(
      "/organizations/org_1/invitations/orginv_1",
    );
  });
});
