import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Effect, Redacted } from "effect";
import type { JsonObject } from "../../../src/core/mod.ts";
import { makeClerkApi } from "../../../src/shell/clerk/clerk_api.ts";
import { type ListPageOptions, listPage, statementPage } from "../../../src/shell/clerk/list_page.ts";
import { type Listing, WALKS } from "../../../src/shell/clerk/listing.ts";
import type { Page } from "../../../src/shell/clerk/page.ts";
import { addDomain, addRole, addSubscription, addWaitlistEntry } from "../../support/fake_clerk/more_things.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";

let clerk: FakeClerk;
beforeEach(() => {
  clerk = startFakeClerk();
});
afterEach(() => clerk[Symbol.asyncDispose]());

function readPage(listing: Listing, options: ListPageOptions = {}): Promise<Page> {
  const api = makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
  return Effect.runPromise(listPage(api, listing, options));
}

/** Walks a list to its end, and says which pages had which ids; `between` happens after each page. */
async function walk(
  listing: Listing,
  { between = () => undefined, ...options }: ListPageOptions & { readonly between?: (page: number) => void } = {},
): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for (let position: string | null = null; ; ) {
    const { entities, next } = await readPage(listing, { ...options, position });
    pages.push(idsOf(entities));
    between(pages.length);
    if (next === null) return pages;
    if (pages.length > 200) throw new Error("The walk does not end");
    position = next;
  }
}

function idsOf(rows: readonly JsonObject[]): readonly string[] {
  return rows.map(({ id }) => String(id));
}

function addUsers(count: number): readonly string[] {
  return Array.from({ length: count }, () => clerk.world.addUser());
}

const USERS: Listing = { kind: "user", parent: null };
const MEMBERSHIPS: Listing = { kind: "organization_membership", parent: null };

describe("listPage()", () => {
  test("gets each kind whole, from where Clerk has it", async () => {
    const { world } = clerk;
    const userId = world.addUser();
    const organizationId = world.addOrganization(userId);
    world.addInvitation(organizationId);
    addDomain(world, organizationId);
    addRole(world);
    addWaitlistEntry(world);
    world.addSession(userId);
    addSubscription(world, userId);
    const [statement] = world.all("statement");
    const parents = { instance: null, user: userId, payer: userId, statement: String(statement?.["id"]) };
    for (const { kind, parent } of WALKS) {
      const { entities, next, total } = await readPage({ kind, parent: parents[parent] });
      expect({ kind, entities, next: kind === "user" ? null : next, total }).toEqual({
        kind,
        entities: [...world.all(kind)],
        next: null,
        total: 1,
      });
    }
  });

  test("gets what belongs to one organization, or to one user", async () => {
    const { world } = clerk;
    const [ada = "", ben = ""] = addUsers(2);
    const [first, second] = [world.addOrganization(ada), world.addOrganization(ben)];
    world.addInvitation(first);
    addDomain(world, second);
    const ask = async (kind: Listing["kind"], parent: string): Promise<number> =>
      (await readPage({ kind, parent })).entities.length;
    expect(await ask("organization_membership", first)).toBe(1);
    expect(await ask("organization_membership", ben)).toBe(1);
    expect([await ask("organization_invitation", first), await ask("organization_invitation", second)]).toEqual([1, 0]);
    expect([await ask("organization_domain", first), await ask("organization_domain", second)]).toEqual([0, 1]);
  });

  test("finds no subscription of one who pays for nothing", async () => {
    const [ada = ""] = addUsers(1);
    expect(await readPage({ kind: "subscription", parent: ada })).toEqual({ entities: [], next: null, total: 0 });
  });

  test("gets an organization's subscription, its items named as webhooks name them", async () => {
    const organizationId = clerk.world.addOrganization(clerk.world.addUser());
    const id = addSubscription(clerk.world, organizationId);
    const { entities } = await readPage({ kind: "subscription", parent: organizationId });
    expect(entities).toEqual([clerk.world.get("subscription", id) ?? {}]);
    expect(entities[0]?.["items"]).toHaveLength(1);
  });

  test("refuses a list that Clerk does not have", async () => {
    const message = "Clerk has no such list of session";
    await expect(readPage({ kind: "session", parent: null })).rejects.toMatchObject({ message });
    await expect(readPage({ kind: "user", parent: "../instance" })).rejects.toMatchObject({ _tag: "PermanentFailure" });
    await expect(readPage(MEMBERSHIPS, { order: "-updated_at" })).rejects.toMatchObject({ _tag: "PermanentFailure" });
    expect(clerk.calls).toEqual([]);
  });

  test("never asks for more than Clerk gives: 501 would be taken for 10", async () => {
    addUsers(12);
    expect((await readPage(USERS, { limit: 501 })).entities).toHaveLength(12);
    expect(clerk.calls.map(({ query }) => query["limit"])).toContain("500");
  });
});

describe("a walk over users", () => {
  test("goes by the cursor, oldest first, and counts them once", async () => {
    const users = addUsers(7);
    const pages = await walk(USERS, { limit: 3 });
    expect(pages.flat().slice(0, 7)).toEqual([...users]);
    expect(clerk.calls.filter(({ path }) => path === "/users/count")).toHaveLength(1);
    expect(clerk.calls.some(({ query }) => "offset" in query)).toBe(false);
  });

  test("ends at once where there are none", async () => {
    expect(await walk(USERS)).toEqual([[]]);
  });

  test("misses nobody while others are deleted, the one the cursor names as well", async () => {
    const users = addUsers(20);
    const gone = new Set<string>();
    const drop = (id: string | undefined): void => {
      if (id !== undefined) clerk.world.remove("user", id);
      gone.add(id ?? "");
    };
    const between = (page: number): void => {
      if (page === 2) for (const id of users.slice(1, 6)) drop(id);
      if (page === 4) for (const id of users.slice(14, 17)) drop(id);
    };
    const seen = new Set((await walk(USERS, { limit: 3, between })).flat());
    expect(users.filter((id) => !gone.has(id) && !seen.has(id))).toEqual([]);
  });

  test("ends though people sign up all the time", async () => {
    const users = addUsers(9);
    const between = (): void => void addUsers(4);
    const pages = await walk(USERS, { limit: 3, between });
    expect(pages.length).toBeLessThan(6);
    const seen = new Set(pages.flat());
    expect(users.filter((id) => !seen.has(id))).toEqual([]);
  });

  test("believes no empty page before the end, unless one asked for by time agrees", async () => {
    const users = addUsers(9);
    const [, , , , , fifth = ""] = users;
    let position: string | null = null;
    const seen = new Set<string>();
    for (let page = 0; page < 20; page += 1) {
      // A Clerk that has nothing to say of a cursor whose user is gone.
      if (page === 2) position = JSON.stringify({ ...JSON.parse(position ?? "{}"), after: users[8] });
      const got: Page = await readPage(USERS, { position, limit: 3 });
      for (const id of idsOf(got.entities)) seen.add(id);
      if (got.next === null) break;
      position = got.next;
    }
    expect(seen.has(fifth)).toBe(true);
    expect(seen.size).toBe(9);
  });

  test("misses nobody of many who were imported in one millisecond", async () => {
    const at = { created_at: 1_700_000_000_000, updated_at: 1_700_000_000_000 };
    const users = Array.from({ length: 11 }, () => clerk.world.addUser(at));
    const between = (page: number): void => void (page === 2 && clerk.world.remove("user", users[5] ?? ""));
    const seen = new Set((await walk(USERS, { limit: 3, between })).flat());
    expect(users.filter((id) => !seen.has(id))).toEqual([]);
  });

  test("stops when Clerk takes no notice of the cursor", async () => {
    const user = { id: "user_1", created_at: 5 };
    await using deaf = { stop: deafClerk([user]), [Symbol.asyncDispose]: () => deaf.stop.stop(true) };
    const api = makeClerkApi({ apiUrl: `http://127.0.0.1:${deaf.stop.port}`, secretKey: Redacted.make("sk_test_1") });
    const { next } = await Effect.runPromise(listPage(api, USERS));
    const again = Effect.runPromise(listPage(api, USERS, { position: next }));
    await expect(again).rejects.toMatchObject({ message: expect.stringContaining("the same page") });
  });

  test("begins with those changed last, if asked", async () => {
    const users = addUsers(5);
    const first = users[0] ?? "";
    clerk.world.change("user", first, { fields: { first_name: "Zoe" }, type: "user.updated" });
    const { entities } = await readPage(USERS, { order: "-updated_at", limit: 2 });
    expect(idsOf(entities)).toEqual([first, users[4] ?? ""]);
    const seen = new Set((await walk(USERS, { order: "-updated_at", limit: 2 })).flat());
    expect(seen.size).toBe(5);
  });
});

describe("a walk by offset", () => {
  /** One organization of so many members. */
  function addMembers(count: number): readonly string[] {
    const organizationId = clerk.world.addOrganization(clerk.world.addUser());
    return addUsers(count).map((userId) =>
      String(clerk.world.addMembership({ organizationId, userId, role: "org:member" })["id"]),
    );
  }

  test("has all, in few pages, and says how many there are", async () => {
    const members = addMembers(99);
    const pages = await walk(MEMBERSHIPS, { limit: 30 });
    expect(new Set(pages.flat()).size).toBe(members.length + 1);
    expect(pages.length).toBeLessThan(8);
    expect((await readPage(MEMBERSHIPS, { limit: 30 })).total).toBe(100);
  });

  test.each([1, 2, 3, 7])("has all in pages of %i", async (limit) => {
    const members = addMembers(11);
    const pages = await walk(MEMBERSHIPS, { limit });
    expect(new Set(pages.flat()).size).toBe(members.length + 1);
    expect(new Set((await walk(USERS, { limit })).flat()).size).toBe(12);
  });

  test.each([1, 5, 29, 60])("skips nothing when %i rows vanish before it", async (vanishing) => {
    const members = addMembers(119);
    const between = (page: number): void => {
      if (page !== 3) return;
      for (const id of members.slice(0, vanishing)) clerk.world.remove("organization_membership", id);
    };
    const seen = new Set((await walk(MEMBERSHIPS, { limit: 30, between })).flat());
    expect(members.filter((id) => !seen.has(id))).toEqual([]);
  });

  test("skips nothing when its whole last page vanishes, nor when almost all do", async () => {
    const members = addMembers(119);
    const left = new Set([...members.slice(0, 3), ...members.slice(90)]);
    const between = (page: number): void => {
      if (page !== 2) return;
      for (const id of members) if (!left.has(id)) clerk.world.remove("organization_membership", id);
    };
    const seen = new Set((await walk(MEMBERSHIPS, { limit: 30, between })).flat());
    expect([...left].filter((id) => !seen.has(id))).toEqual([]);
  });

  test("ends when everything vanishes", async () => {
    const members = addMembers(40);
    const between = (page: number): void => {
      if (page === 1)
        for (const { id } of clerk.world.all("organization_membership"))
          clerk.world.remove("organization_membership", String(id));
    };
    expect((await walk(MEMBERSHIPS, { limit: 30, between })).flat().length).toBeLessThanOrEqual(members.length);
  });

  test("takes a page shorter than asked for no end while Clerk counts more", async () => {
    const rows = Array.from({ length: 25 }, (_, number) => ({ id: `mem_${number}`, created_at: number }));
    await using server = { deaf: deafClerk(rows, 4), [Symbol.asyncDispose]: () => server.deaf.stop(true) };
    const api = makeClerkApi({ apiUrl: `http://127.0.0.1:${server.deaf.port}`, secretKey: Redacted.make("sk_test_1") });
    const seen = new Set<string>();
    for (let position: string | null = null, pages = 0; pages < 50; pages += 1) {
      const page: Page = await Effect.runPromise(listPage(api, MEMBERSHIPS, { position }));
      for (const id of idsOf(page.entities)) seen.add(id);
      if (page.next === null) break;
      position = page.next;
    }
    expect(seen.size).toBe(25);
  });

  test("walks sessions, newest first, and statements", async () => {
    const userId = clerk.world.addUser();
    for (let count = 0; count < 25; count += 1) clerk.world.addSession(userId);
    const between = (): void => void clerk.world.addSession(userId);
    const seen = new Set((await walk({ kind: "session", parent: userId }, { limit: 10, between })).flat());
    expect(seen.size).toBeGreaterThanOrEqual(25);
    addSubscription(clerk.world, userId);
    const api = makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
    expect((await Effect.runPromise(statementPage(api))).entities).toHaveLength(1);
  });
});

/** Answers all rows to everything, or, wrapped, so many of them from the offset. */
function deafClerk(rows: readonly JsonObject[], atMost?: number): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => {
      const offset = Number(new URL(url).searchParams.get("offset") ?? 0);
      if (atMost === undefined) return Response.json(rows);
      return Response.json({ data: rows.slice(offset, offset + atMost), total_count: rows.length });
    },
  });
}
