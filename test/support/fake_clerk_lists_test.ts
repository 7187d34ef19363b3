import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type FakeClerk, startFakeClerk } from "./fake_clerk.ts";

let clerk: FakeClerk;
beforeEach(() => {
  clerk = startFakeClerk();
});
afterEach(() => clerk[Symbol.asyncDispose]());

function ask(path: string, { url, secretKey }: FakeClerk = clerk): Promise<Response> {
  return fetch(`${url}/v1${path}`, { headers: { authorization: `Bearer ${secretKey}` } });
}

async function idsAt(path: string): Promise<readonly string[]> {
  const rows = (await (await ask(path)).json()) as readonly { readonly id: string }[];
  return rows.map(({ id }) => id);
}

describe("the fake's lists", () => {
  test("are of ten, or of what is asked, but not above 500", async () => {
    for (let count = 0; count < 12; count += 1) clerk.world.addUser();
    expect(await idsAt("/users")).toHaveLength(10);
    expect(await idsAt("/users?limit=500")).toHaveLength(12);
    expect(await idsAt("/users?limit=501")).toHaveLength(10);
  });

  test("are `application/json` and nothing more, which Clerk's own client needs", async () => {
    expect((await ask("/users")).headers.get("content-type")).toBe("application/json");
  });

  test("are ordered as asked, newest first if not", async () => {
    const users = [clerk.world.addUser(), clerk.world.addUser(), clerk.world.addUser()];
    const [first = "", second = "", third = ""] = users;
    clerk.world.change("user", second, { fields: {}, type: "user.updated" });
    expect(await idsAt("/users")).toEqual([third, second, first]);
    expect(await idsAt("/users?order_by=created_at")).toEqual([first, second, third]);
    expect(await idsAt("/users?order_by=%2Bcreated_at&offset=1&limit=1")).toEqual([second]);
    expect(await idsAt("/users?order_by=-updated_at")).toEqual([second, third, first]);
    expect(await idsAt(`/users?order_by=created_at&starting_after=${first}`)).toEqual([second, third]);
    const { created_at: createdAt } = clerk.world.get("user", second) ?? {};
    expect(await idsAt(`/users?created_at_after=${String(createdAt)}`)).toEqual([third]);
    expect(await idsAt(`/users?user_id[]=${first}&user_id[]=${third}`)).toEqual([third, first]);
  });

  test.each([
    ["/users?order_by=surname", 422],
    ["/users?starting_after=USER&offset=1", 422],
    ["/users?starting_after=USER&order_by=updated_at", 422],
    ["/users?starting_after=user_gone", 404],
    ["/organizations?order_by=updated_at", 422],
    ["/organizations?starting_after=org_1", 422],
    ["/sessions", 422],
    ["/users?limit=0", 422],
    ["/organizations/org_gone/memberships", 404],
  ])("refuse %s with %i", async (path, status) => {
    const id = clerk.world.addUser();
    expect((await ask(path.replace("USER", id))).status).toBe(status);
  });

  test("are refused when there were too many requests, until the next window", async () => {
    await using limited = startFakeClerk({ rateLimit: { requests: 2, windowMs: 60_000 } });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await ask("/users", limited)).status);
    // The window may turn once in between.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
    const late = await ask("/users", limited);
    if (late.status === 429) expect(Number(late.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(limited.refusedCalls()).toBeGreaterThanOrEqual(1);
  });

  test("fail at the call that was chosen", async () => {
    clerk.fail({ _tag: "Refuse", status: 500, code: "internal" }, { path: /^\/users$/, after: 2 });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await ask("/users")).status);
    expect(statuses).toEqual([200, 200, 500, 200]);
  });
});
