import { describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { job, type Message, policy } from "../../../src/core/mod.ts";
import { observedDeletion } from "../../../src/shell/clerk/observed_deletion.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { isEqual } from "../../../src/shell/reconcile/discrepancy.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { addDomain, addRole, addSubscription, addWaitlistEntry } from "../../support/fake_clerk/more_things.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { callClerk, type Reconciled, reconciled } from "../../support/reconciling.ts";
import { ledgerOf } from "../../support/work.ts";

const POLICIES = [
  policy("welcome", { kind: "user", once: true }, ({ after }) =>
    after._tag === "Live" && after.event === "user.created" ? [job("log", "welcome")] : [],
  ),
  policy("farewell", { kind: "user" }, ({ after }) => (after._tag === "Deleted" ? [job("log", "farewell")] : [])),
];

/** A minute behind, so that what it made is older than any scan. */
function startOldClerk(): FakeClerk {
  return startFakeClerk({ clock: () => Date.now() - 60_000 });
}

/** What was found, as `<is> <kind> <outcome>`. */
function shown({ found }: Reconciled): readonly string[] {
  return found.map(({ is, kind, outcome }) => `${is} ${kind} ${outcome}`).sort();
}

eachDatabase("reconcile()", (database) => {
  test("fills an empty database with every kind, and then finds it equal", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const ada = world.addUser();
    const org = world.addOrganization(ada);
    world.addInvitation(org);
    addDomain(world, org);
    addRole(world);
    addWaitlistEntry(world);
    world.addSession(ada);
    addSubscription(world, ada);
    const all = { sessions: true, billing: true, policies: POLICIES };

    const looked = await reconciled(database(), clerk, { ...all });
    expect(looked.found.every(({ is, outcome }) => is === "missing" && outcome === "found")).toBe(true);
    const fixed = await reconciled(database(), clerk, { ...all, fix: true });
    expect(new Set(fixed.found.map(({ kind }) => kind)).size).toBe(12);
    expect(fixed.found.filter(({ outcome }) => outcome !== "fixed")).toEqual([]);
    const again = await reconciled(database(), clerk, { ...all });
    expect(again.found).toEqual([]);
    expect(again.summaries.every(({ compared }) => compared > 0)).toBe(true);
    expect(await ledgerOf(database())).toEqual({});
  });

  test("heals lost changes and deletions, and revokes what deletions should", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const [ada, bob] = [world.addUser(), world.addUser()];
    const org = world.addOrganization(ada);
    world.addMembership({ organizationId: org, userId: bob, role: "org:member" });
    await reconciled(database(), clerk, { fix: true, policies: POLICIES });
    world.change("user", ada, { fields: { first_name: "Zoe" }, type: "user.updated" });
    await callClerk(clerk, "DELETE", `/users/${bob}`);

    const looked = await reconciled(database(), clerk);
    expect(shown(looked)).toEqual([
      "deleted organization_membership found",
      "deleted user found",
      "different user found",
    ]);
    const { found } = await reconciled(database(), clerk, { fix: true, policies: POLICIES });
    expect(found.map(({ is, outcome }) => `${is} ${outcome}`)).toEqual(["different fixed", "deleted fixed"]);
    expect((await reconciled(database(), clerk)).found).toEqual([]);
    const jobs = Object.entries(await ledgerOf(database())).map(([key, { state }]) => `${key} ${state}`);
    expect(jobs).toEqual([`farewell/user/${bob}/- planned`]);
  });

  test("infers no deletion from a list that left a row out", async () => {
    await using clerk = startOldClerk();
    const ada = clerk.world.addUser();
    await reconciled(database(), clerk, { fix: true });
    // An endpoint that lost its mind: it lists nobody, and knows them all the same.
    clerk.world.table("user").rows = () => [];
    const { found, summaries } = await reconciled(database(), clerk, { fix: true, kinds: ["user"] });
    expect({ found, compared: summaries[0]?.compared }).toEqual({ found: [], compared: 1 });
    expect(clerk.calls.at(-1)?.path).toBe(`/users/${ada}`);
  });

  test("takes a proxy's 404 for no deletion, and asks again", async () => {
    await using clerk = startOldClerk();
    const id = clerk.world.addUser();
    await reconciled(database(), clerk, { fix: true });
    await callClerk(clerk, "DELETE", `/users/${id}`);
    clerk.fail({ _tag: "Page", status: 404 }, { path: /^\/users\/user_/, times: 1 });
    const { found } = await reconciled(database(), clerk, { kinds: ["user"] });
    expect(found.map(({ is }) => is)).toEqual(["deleted"]);
    expect(clerk.calls.filter(({ path, method }) => path === `/users/${id}` && method === "GET").length).toBe(2);
  });

  test("leaves alone what was written after the scan began", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    world.addUser();
    await reconciled(database(), clerk, { fix: true });
    const late = world.addUser();
    const [created] = world.events().slice(-1);
    let isTold = false;
    const beforeRequest = async (): Promise<void> => {
      if (isTold) return;
      isTold = true;
      // Made, told and gone between two requests: its own deletion is on its way.
      const body = created?.body ?? "";
      await recorder(database())([decodeDelivery({ svixId: "msg_late", body, receivedAtMs: Date.now() })]);
      world.remove("user", late);
    };
    const { found } = await reconciled(database(), clerk, { fix: true, kinds: ["user"], beforeRequest });
    expect(found).toEqual([]);
    const { rows } = await sql<{ id: string }>`select id from clerk.live_users where id = ${late}`.execute(
      database().db,
    );
    expect(rows).toEqual([{ id: late }]);
  });

  test("lets a webhook that comes in between win, and counts the row as ahead", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const id = world.addUser();
    await reconciled(database(), clerk, { fix: true });
    const before = world.get("user", id) ?? {};
    world.change("user", id, { fields: { first_name: "Zoe" }, type: "user.updated" });
    const [updated] = world.events().slice(-1);
    await recorder(database())([
      decodeDelivery({ svixId: "msg_updated", body: updated?.body ?? "", receivedAtMs: Date.now() }),
    ]);
    // The list answers from a copy that lags behind.
    world.table("user").set(before);
    const { found, summaries } = await reconciled(database(), clerk, { fix: true, kinds: ["user"] });
    expect({ found, ahead: summaries[0]?.ahead }).toEqual({ found: [], ahead: 1 });
  });

  test("asks again for what is deleted here and listed there", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const [gone, there] = [world.addUser(), world.addUser()];
    await reconciled(database(), clerk, { fix: true });
    const listed = world.all("user").toReversed();
    const deletion = (id: string): Message =>
      observedDeletion({ kind: "user", id }, { receivedAtMs: Date.now(), instanceId: world.instanceId });
    await recorder(database())([deletion(gone), deletion(there)]);
    world.remove("user", gone);
    world.table("user").rows = () => listed;
    for (const fix of [false, true]) {
      const { found, summaries } = await reconciled(database(), clerk, { fix, kinds: ["user"] });
      expect(found).toMatchObject([{ id: there, fields: [{ field: "deleted_at", atClerk: null }] }]);
      expect({ outcome: found[0]?.outcome, ahead: summaries[0]?.ahead }).toEqual({
        outcome: fix ? "left" : "found",
        ahead: 1,
      });
    }
  });

  test("reports two contents of one version as what it can't mend, each time alike", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const id = world.addUser();
    const [created] = world.events().slice(-1);
    await recorder(database())([
      decodeDelivery({ svixId: "msg_created", body: created?.body ?? "", receivedAtMs: Date.now() }),
    ]);
    world.put("user", { ...world.get("user", id), first_name: "Zoe" }, null);
    for (const fix of [false, true, true]) {
      const { found, summaries } = await reconciled(database(), clerk, { fix, kinds: ["user"] });
      expect(found).toMatchObject([{ is: "different", id, outcome: fix ? "left" : "found" }]);
      expect(found[0]?.fields).toMatchObject([{ field: "first_name", atClerk: "Zoe" }]);
      expect(found[0]?.hopeless).toContain("same updated_at");
      expect(summaries[0]?.fixed).toBe(0);
    }
  });

  test("refuses to delete very many at once, unless it is told to", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const ids = Array.from({ length: 30 }, () => world.addUser());
    await reconciled(database(), clerk, { fix: true });
    for (const id of ids.slice(0, 21)) world.remove("user", id);
    const options = { fix: true, kinds: ["user"] } as const;
    const refused = await reconciled(database(), clerk, options);
    expect(shown(refused)).toEqual(Array.from({ length: 21 }, () => "deleted user left"));
    expect(refused.summaries[0]?.notes).toEqual([expect.stringContaining("--allow-mass-deletion")]);
    const allowed = await reconciled(database(), clerk, { ...options, allowMassDeletion: true });
    expect(shown(allowed)).toEqual(Array.from({ length: 21 }, () => "deleted user fixed"));
    // Twenty of nine hundred, or twenty at all, are no matter.
    world.remove("user", ids[21] ?? "");
    expect(shown(await reconciled(database(), clerk, options))).toEqual(["deleted user fixed"]);
  });

  test("asks for a sample alone, by GET", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const ids = Array.from({ length: 10 }, () => world.addUser());
    await reconciled(database(), clerk, { fix: true });
    for (const id of ids) world.change("user", id, { fields: { first_name: "Zoe" }, type: "user.updated" });
    const before = clerk.calls.length;
    const { found } = await reconciled(database(), clerk, { sample: 4, kinds: ["user"] });
    expect(found.map(({ is }) => is)).toEqual(["different", "different", "different", "different"]);
    expect(clerk.calls.slice(before).every(({ path }) => path.startsWith("/users/user_"))).toBe(true);
  });

  test("deletes no sample of which Clerk has hardly any, however many rows there are", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const ids = Array.from({ length: 130 }, () => world.addUser());
    await reconciled(database(), clerk, { fix: true, kinds: ["user"] });
    for (const id of ids.slice(5)) world.remove("user", id);
    const { found, summaries } = await reconciled(database(), clerk, { fix: true, sample: 26, kinds: ["user"] });
    expect(new Set(found.map(({ outcome }) => outcome))).toEqual(new Set(["left"]));
    expect(summaries[0]?.notes).toEqual([expect.stringContaining("--allow-mass-deletion")]);
  });

  test("asks between full scans only for the users that changed", async () => {
    await using clerk = startOldClerk();
    const { world } = clerk;
    const ids = Array.from({ length: 5 }, () => world.addUser());
    await reconciled(database(), clerk, { fix: true });
    const sinceMs = world.now();
    world.change("user", ids[1] ?? "", { fields: { first_name: "Zoe" }, type: "user.updated" });
    world.addUser();
    const before = clerk.calls.length;
    const { summaries } = await reconciled(database(), clerk, { fix: true, kinds: ["user"], changedSinceMs: sinceMs });
    expect(summaries).toMatchObject([{ compared: 2, missing: 1, different: 1, deleted: 0, fixed: 2 }]);
    expect(clerk.calls.slice(before)).toMatchObject([{ path: "/users", query: { order_by: "-updated_at" } }]);
  });

  test("leaves a kind out that the instance has not, and deletes nothing of it", async () => {
    await using clerk = startOldClerk();
    const ada = clerk.world.addUser();
    clerk.world.addOrganization(ada);
    await reconciled(database(), clerk, { fix: true });
    const refusal = { _tag: "Refuse", status: 403, code: "organization_not_enabled_in_instance" } as const;
    clerk.fail(refusal, { path: /^\/organizations$/, times: 100 });
    const { found, summaries } = await reconciled(database(), clerk, { fix: true, kinds: ["organization"] });
    expect({ found, compared: summaries[0]?.compared }).toEqual({ found: [], compared: 0 });
    expect(summaries[0]?.notes[0]).toStartWith("Left out");
  });

  test("compares the other kinds where Clerk refuses one, and does not call that equal", async () => {
    await using clerk = startOldClerk();
    addWaitlistEntry(clerk.world);
    clerk.fail({ _tag: "Refuse", status: 403, code: "no" }, { path: /^\/organization_roles$/ });
    clerk.fail({ _tag: "Refuse", status: 422, code: "told_to" }, { path: /^\/organization_domains$/ });
    const done = await reconciled(database(), clerk, { fix: true });
    expect(shown(done)).toEqual(["missing waitlist_entry fixed"]);
    const unequal = done.summaries.filter((summary) => !isEqual(summary));
    expect(unequal.map(({ kind, notes }) => [kind, notes[0]])).toEqual([
      ["role", expect.stringMatching(/^Refused by Clerk: Clerk answered 403 no/)],
      ["organization_domain", expect.stringMatching(/^Refused by Clerk: Clerk answered 422 told_to/)],
    ]);
  });
});

describe("sessions", () => {
  eachDatabase("that Clerk cleaned up", (database) => {
    test("are deleted only if they were going on", async () => {
      await using clerk = startOldClerk();
      const { world } = clerk;
      const ada = world.addUser();
      const [active, over] = [world.addSession(ada), world.addSession(ada, { status: "ended" })];
      await reconciled(database(), clerk, { fix: true, sessions: true });
      for (const id of [active, over]) world.remove("session", id);
      const { found } = await reconciled(database(), clerk, { fix: true, sessions: true });
      expect(found).toMatchObject([{ is: "deleted", id: active, outcome: "fixed" }]);
    });
  });
});
