import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { sql } from "kysely";
import { builtin } from "../../../src/core/mod.ts";
import { chooseWalks, type Walked } from "../../../src/shell/backfill/backfill.ts";
import type { WalkState } from "../../../src/shell/backfill/walk_state.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { ALL_WALKS, differencesOf, runBackfill } from "../../support/backfilled.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { addDomain, addRole, addSubscription, addWaitlistEntry } from "../../support/fake_clerk/more_things.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { ledgerOf } from "../../support/work.ts";

const LIMIT_MS = 30_000;
const USERS_ONLY = { walks: chooseWalks({ kinds: ["user"], sessions: false, billing: false }) };

setDefaultTimeout(LIMIT_MS);

let clerk: FakeClerk;
beforeEach(() => {
  clerk = startFakeClerk();
});
afterEach(() => clerk[Symbol.asyncDispose]());

eachDatabase("backfill()", (database) => {
  test(
    "makes the tables equal to Clerk, every kind, and welcomes nobody old",
    async () => {
      populate(20);
      const policies = [builtin.welcome({ maxAge: "forever" })];
      const walked = await runBackfill(database(), clerk, { limit: 6, policies });
      expect(walked.map(({ _tag }) => _tag)).toEqual(ALL_WALKS.map(() => "Finished"));
      for (const { kind } of ALL_WALKS) {
        expect({ kind, differences: await differencesOf(database(), clerk.world, kind) }).toEqual({
          kind,
          differences: [],
        });
        expect(clerk.world.table(kind).size).toBeGreaterThan(0);
      }
      expect(await ledgerOf(database())).toEqual({});
      expect(await countOf(database(), "docket.event where source <> 'api' or outcome <> 'applied'")).toBe(0);
    },
    LIMIT_MS,
  );

  test("done twice is as done once; what is finished is left alone, unless it is to begin anew", async () => {
    populate(7);
    const [first] = await runBackfill(database(), clerk, { ...USERS_ONLY, limit: 3 });
    const asked = clerk.calls.length;
    const [second] = await runBackfill(database(), clerk, { ...USERS_ONLY, limit: 3 });
    expect(clerk.calls.length).toBe(asked);
    expect(second).toEqual({ _tag: "Before", state: stateOf(first) });
    const [third] = await runBackfill(database(), clerk, { ...USERS_ONLY, restart: true });
    expect(Object.keys(stateOf(third).answers)).toEqual(["duplicate"]);
    expect(await countOf(database(), "docket.message where deliveries < 2")).toBe(0);
  });

  test("goes on at the page where it was cut off", async () => {
    populate(20);
    clerk.fail({ _tag: "Refuse", status: 400, code: "told_to" }, { path: /^\/users$/, after: 3, times: 2 });
    const pages: number[] = [];
    const onMoved = ({ done }: WalkState): void => void pages.push(done);
    // The third page fails while the second is recorded: that one is kept all the same.
    const [cut] = await runBackfill(database(), clerk, { ...USERS_ONLY, limit: 4, onMoved, lateMs: 100 });
    expect(cut).toMatchObject({ _tag: "Failed", kind: "user" });
    expect(pages).toEqual([4, 8]);
    const asked = clerk.calls.length;
    const [ended] = await runBackfill(database(), clerk, { ...USERS_ONLY, limit: 4, onMoved });
    expect(pages[2]).toBe(12);
    expect(clerk.calls[asked]?.query["starting_after"]).toBeDefined();
    expect(stateOf(ended)).toMatchObject({ done: 20, total: 20 });
    expect(await differencesOf(database(), clerk.world, "user")).toEqual([]);
  });

  test("walks each user's sessions, in more pages than one, and goes on after the users that are done", async () => {
    populate(60);
    const [busy = ""] = clerk.world.all("user").map(({ id }) => String(id));
    for (let count = 0; count < 9; count += 1) clerk.world.addSession(busy);
    const walks = chooseWalks({ kinds: ["user", "session"], sessions: false, billing: false });
    clerk.fail({ _tag: "Refuse", status: 400, code: "told_to" }, { path: /^\/sessions$/, after: 55 });
    const [, cut] = await runBackfill(database(), clerk, { walks, limit: 4 });
    expect(cut).toMatchObject({ _tag: "Failed", kind: "session" });
    const asked = clerk.calls.length;
    const [, ended] = await runBackfill(database(), clerk, { walks, limit: 4 });
    expect(clerk.calls.length - asked).toBeLessThan(20);
    expect(stateOf(ended)).toMatchObject({ done: 60, total: 60 });
    expect(await differencesOf(database(), clerk.world, "session")).toEqual([]);
  });

  test("waits as long as Clerk says, and tries again what may pass", async () => {
    populate(3);
    clerk.fail({ _tag: "Refuse", status: 429, code: "too_many_requests", retryAfterSeconds: 1 }, { path: /^\/users$/ });
    clerk.fail({ _tag: "Drop", done: false }, { path: /^\/users$/ });
    clerk.fail({ _tag: "Page", status: 502 }, { path: /^\/users\/count$/ });
    const startMs = performance.now();
    const [walked] = await runBackfill(database(), clerk, USERS_ONLY);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_000);
    expect(stateOf(walked)).toMatchObject({ done: 3 });
  });

  test("leaves out what the instance has not, and goes on past what Clerk refuses", async () => {
    populate(2);
    clerk.fail(
      { _tag: "Refuse", status: 403, code: "organization_not_enabled_in_instance" },
      { path: /^\/organizations$/ },
    );
    clerk.fail({ _tag: "Refuse", status: 422, code: "told_to" }, { path: /^\/organization_roles$/ });
    clerk.fail({ _tag: "Refuse", status: 403, code: "no" }, { path: /^\/organization_domains$/ });
    const walked = await runBackfill(database(), clerk);
    const byKind = new Map(walked.map((it) => ["state" in it ? it.state.kind : it.kind, it._tag]));
    expect(byKind.get("organization")).toBe("Off");
    expect(byKind.get("role")).toBe("Failed");
    expect(byKind.get("organization_domain")).toBe("Failed");
    expect([...byKind.values()].filter((tag) => tag === "Finished")).toHaveLength(ALL_WALKS.length - 3);
  });

  test("keeps what can't be understood, with the reason, and counts it", async () => {
    populate(2);
    clerk.world.addUser({ updated_at: null });
    const [walked] = await runBackfill(database(), clerk, USERS_ONLY);
    expect(stateOf(walked).answers).toMatchObject({ applied: 2, quarantined: expect.any(Number) });
    const fault = "fault like '%updated_at%' and outcome = 'quarantined'";
    expect(await countOf(database(), `docket.event where ${fault}`)).toBe(1);
  });

  test("stops when another process takes the walk over", async () => {
    populate(9);
    const taken: Promise<unknown>[] = [];
    const onMoved = (): void => {
      if (taken.length === 0)
        taken.push(sql`update docket.backfill set run = gen_random_uuid()`.execute(database().db));
    };
    const slow = { _tag: "Slow", ms: 50 } as const;
    clerk.fail(slow, { path: /^\/users$/, times: 20 });
    await expect(runBackfill(database(), clerk, { ...USERS_ONLY, limit: 2, onMoved })).rejects.toThrow(
      "Another backfill has taken over the walk over user",
    );
  });

  test("begins anew for another instance", async () => {
    populate(1);
    await runBackfill(database(), clerk, USERS_ONLY);
    const [walked] = await runBackfill(database(), clerk, { ...USERS_ONLY, instanceId: "ins_other" });
    expect(walked).toMatchObject({ _tag: "Finished", state: { done: 1 } });
  });
});

eachDatabase("webhooks around a backfill", (database) => {
  test.each(["before", "after"])("%s it win or lose by version alone", async (when) => {
    const { world } = clerk;
    const [gone, changed, fresh] = [world.addUser(), world.addUser(), world.addUser()];
    const policies = [builtin.welcome()];
    const stale = world.events();
    const old = world.get("user", changed) ?? {};
    world.change("user", changed, { fields: { first_name: "Zoe" }, type: "user.updated" });
    const webhooks = (): Promise<unknown> => recorder(database(), { policies })(stale.map(decode));
    if (when === "before") await webhooks();
    await runBackfill(database(), clerk, { ...USERS_ONLY, policies });
    if (when === "after") await webhooks();
    expect(await differencesOf(database(), world, "user")).toEqual([]);
    // Happened and observed as of one instant are one version, and it happened: the welcome stays wanted.
    const keys = [gone, changed, fresh].map((id) => `welcome/user/${id}`);
    expect(Object.keys(await ledgerOf(database())).toSorted()).toEqual(keys.toSorted());
    // Clerk's list was read before the deletion, and is recorded after it.
    world.remove("user", gone, { type: "user.deleted", data: { deleted: true, id: gone, object: "user" } });
    await recorder(database(), { policies })(world.events().slice(-1).map(decode));
    world.silently(() => world.put("user", { ...old, id: gone }, "user.updated"));
    await runBackfill(database(), clerk, { ...USERS_ONLY, policies, restart: true });
    expect(await countOf(database(), "clerk.live_users")).toBe(2);
  });
});

/** A world of before there were webhooks, with something of each kind. */
function populate(users: number): void {
  const { world } = clerk;
  world.silently(() => {
    for (let number = 0; number < users; number += 1) {
      const id = world.addUser();
      world.addSession(id);
      if (number % 5 !== 0) continue;
      const organizationId = world.addOrganization(id);
      world.addInvitation(organizationId);
      addDomain(world, organizationId);
      addSubscription(world, number % 2 === 0 ? id : organizationId);
      addRole(world);
      addWaitlistEntry(world);
    }
  });
}

function decode({
  svixId,
  body,
}: {
  readonly svixId: string;
  readonly body: string;
}): ReturnType<typeof decodeDelivery> {
  return decodeDelivery({ svixId, body: new TextEncoder().encode(body), receivedAtMs: Date.now() });
}

function stateOf(walked: Walked | undefined): WalkState {
  if (walked === undefined || !("state" in walked)) throw new Error(`Not walked: ${JSON.stringify(walked)}`);
  return walked.state;
}

async function countOf({ db }: TestDatabase, what: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from ${sql.raw(what)}`.execute(db);
  return rows[0]?.count ?? -1;
}
