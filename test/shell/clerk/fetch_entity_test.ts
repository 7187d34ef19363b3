import { expect, test } from "bun:test";
import { Effect, Fiber, Redacted } from "effect";
import { refKey } from "../../../src/core/mod.ts";
import { type ClerkApi, makeClerkApi } from "../../../src/shell/clerk/clerk_api.ts";
import { type AskableRef, fetchEntity } from "../../../src/shell/clerk/fetch_entity.ts";
import { singleFlight } from "../../../src/shell/clerk/single_flight.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { POLICIES } from "../../support/policies.ts";
import { differencesIn } from "../../support/verified.ts";

type Fetch = (ref: AskableRef) => ReturnType<typeof fetchEntity>;

function fetcher(clerk: FakeClerk): Fetch {
  return sharing(makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) }));
}

function sharing(api: ClerkApi): Fetch {
  return singleFlight(refKey, (ref: AskableRef) => fetchEntity(api, ref));
}

test("fetchEntity() gets a user and an organization as observations of the key's instance", async () => {
  await using clerk = startFakeClerk();
  const userId = clerk.world.addUser();
  const organizationId = clerk.world.addOrganization(userId);
  const fetch = fetcher(clerk);
  for (const ref of [
    { kind: "user", id: userId },
    { kind: "organization", id: organizationId },
  ] as const) {
    const startMs = Date.now();
    const message = await Effect.runPromise(fetch(ref));
    if (message === "missing") throw new Error("missing");
    expect(message).toMatchObject({ _tag: "Changed", source: "api", ref, instanceId: clerk.world.instanceId });
    expect(message.receivedAtMs).toBeWithin(startMs, Date.now() + 1);
  }
});

test("fetchEntity() says what Clerk has not, and takes no proxy's word for it", async () => {
  await using clerk = startFakeClerk();
  const fetch = fetcher(clerk);
  expect(await Effect.runPromise(fetch({ kind: "user", id: "user_nobody" }))).toBe("missing");
  clerk.fail({ _tag: "Page", status: 404 });
  const failure = await Effect.runPromise(Effect.flip(fetch({ kind: "user", id: "user_nobody" })));
  expect(failure._tag).toBe("TransientFailure");
});

test("singleFlight() asks once for many at once, and anew for those who come after", async () => {
  await using clerk = startFakeClerk();
  const ref = { kind: "user", id: clerk.world.addUser() } as const;
  const fetch = fetcher(clerk);
  const asked = () => clerk.calls.filter(({ path }) => path.startsWith("/users/")).length;
  const refs = Array.from({ length: 20 }, () => ref);
  const many = Effect.forEach(refs, fetch, { concurrency: "unbounded" });
  expect(new Set((await Effect.runPromise(many)).map((it) => JSON.stringify(it))).size).toBe(1);
  expect(asked()).toBe(1);
  await Effect.runPromise(fetch(ref));
  expect(asked()).toBe(2);
});

test("singleFlight() goes on for the others when the first gives up, and forgets a failure", async () => {
  await using clerk = startFakeClerk();
  const ref = { kind: "user", id: clerk.world.addUser() } as const;
  const fetch = fetcher(clerk);
  clerk.fail({ _tag: "Slow", ms: 40 }, { path: /^\/users/ });
  const program = Effect.gen(function* () {
    const first = yield* Effect.forkChild(fetch(ref));
    yield* Effect.sleep("15 millis");
    const second = yield* Effect.forkChild(fetch(ref));
    yield* Effect.sleep("5 millis");
    yield* Fiber.interrupt(first);
    return yield* Fiber.join(second);
  });
  expect(await Effect.runPromise(program)).toMatchObject({ _tag: "Changed" });
  clerk.fail({ _tag: "Refuse", status: 500, code: "internal_clerk_error" });
  expect((await Effect.runPromise(Effect.flip(fetch(ref))))._tag).toBe("TransientFailure");
  expect(await Effect.runPromise(fetch(ref))).toMatchObject({ _tag: "Changed" });
});

test("singleFlight() remembers no failure that came at once, such as for want of a key", async () => {
  const { request } = makeClerkApi({ apiUrl: "http://127.0.0.1:1", secretKey: undefined });
  let asked = 0;
  const counted: ClerkApi["request"] = (...call) => {
    asked += 1;
    return request(...call);
  };
  const fetch = sharing({ request: counted, instanceId: Effect.succeed("ins_1") });
  for (const _again of [1, 2]) {
    const failure = await Effect.runPromise(Effect.flip(fetch({ kind: "user", id: "user_1" })));
    expect(failure.message).toStartWith("CLERK_SECRET_KEY is not set");
  }
  expect(asked).toBe(2);
});

eachDatabase("an observation", (database) => {
  test("fills the row until the webhook comes, which takes its place, and verify agrees", async () => {
    await using clerk = startFakeClerk();
    const userId = clerk.world.addUser();
    const observed = await Effect.runPromise(fetcher(clerk)({ kind: "user", id: userId }));
    if (observed === "missing") throw new Error("missing");
    const [created] = clerk.world.events();
    if (created === undefined) throw new Error("nothing told");
    const webhook = decodeDelivery({ svixId: created.svixId, body: created.body, receivedAtMs: Date.now() });
    const record = recorder(database(), { policies: POLICIES });
    expect(await record([observed])).toEqual(["applied"]);
    expect(await record([observed])).toEqual(["duplicate"]);
    expect(await differencesIn(database(), "erase")).toEqual([]);
    expect(await record([webhook])).toEqual(["applied"]);
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("that can't be read is kept aside with its fault", async () => {
    await using clerk = startFakeClerk();
    const userId = clerk.world.addUser({ updated_at: null });
    const observed = await Effect.runPromise(fetcher(clerk)({ kind: "user", id: userId }));
    if (observed === "missing") throw new Error("missing");
    expect(await recorder(database())([observed])).toEqual(["quarantined"]);
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });
});
