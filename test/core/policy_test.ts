import { describe, expect, test } from "bun:test";
import { type Job, job, jobsOf, planEdge, policy, receive } from "../../src/core/mod.ts";
import { gone, shown, told, withPhase, worldOf } from "../support/examples.ts";
import { EPOCH_MS } from "../support/histories.ts";
import { decodeStory, type StoryMessage } from "../support/stories.ts";

/** The fine points of the algebra, one by one. */

const DAY_MS = 86_400_000;

describe("a policy", () => {
  const welcome = policy("welcome", { kind: "user", once: true, settle: "5 seconds" }, ({ after }) =>
    after._tag === "Live" && after.event === "user.created" ? [job("email", { to: after.value.firstName })] : [],
  );

  test("plans a job keyed by its entity when it is of once, and waits for it to settle", () => {
    const world = worldOf([welcome], [told("user.created", 1)]);
    expect(shown(world)).toEqual(["welcome/user/user_1 planned"]);
    expect(jobsOf(world)[0]?.job).toMatchObject({
      handler: "email",
      payload: { to: "Ada" },
      startAtMs: EPOCH_MS + 1 + 5_000,
    });
  });

  test("keeps the welcome when the creation comes late and takes the place of an update as first link", () => {
    const each = policy("each", { kind: "user" }, ({ before, after }) => [
      job("log", { first: before._tag === "Absent", at: after._tag }),
    ]);
    const late = worldOf([each], [told("user.updated", 5), told("user.created", 1)]);
    const inOrder = worldOf([each], [told("user.created", 1), told("user.updated", 5)]);
    expect(shown(late)).toEqual(shown(inOrder));
    expect(shown(late)).toEqual(
      [`each/user/user_1/${EPOCH_MS + 5}/user.updated planned`, "each/user/user_1/+ planned"].sort(),
    );
  });

  test("is withdrawn at no cost before it starts, regretted once it ran, and never runs twice", () => {
    const onBan = policy("on-ban", { kind: "user" }, ({ before, after }) =>
      after._tag === "Live" && before._tag === "Live" && after.value.banned === true && before.value.banned !== true
        ? [job("log", {})]
        : [],
    );
    const [first, banned, earlier] = [
      told("user.created", 1),
      told("user.updated", 9, { banned: true }),
      told("user.updated", 5, { banned: true }),
    ];
    const planned = worldOf([onBan], [first, banned]);
    const key = `on-ban/user/user_1/${EPOCH_MS + 9}/user.updated`;
    expect(shown(planned)).toEqual([`${key} planned`]);
    const moved = `on-ban/user/user_1/${EPOCH_MS + 5}/user.updated`;
    expect(shown(receive(planned, decodeStory(earlier)))).toEqual([`${moved} planned`, `${key} withdrawn`].sort());
    const ran = receive(withPhase(planned, key, "done"), decodeStory(earlier));
    expect(shown(ran)).toEqual([`${moved} planned`, `${key} regretted`].sort());
    const between = told("user.updated", 7, { banned: false });
    expect(shown(receive(ran, decodeStory(between)))).toEqual([`${moved} planned`, `${key} done`].sort());
  });

  test("is cancelled by its entity's deletion, unless it says never or is of the deletion", () => {
    const policies = [
      policy("soon", { kind: "user" }, ({ before }) => (before._tag === "Absent" ? [job("log", 1)] : [])),
      policy("audit", { kind: "user", until: "never" }, () => [job("log", 2)]),
    ];
    const world = worldOf(policies, [told("user.created", 1), gone("user.deleted", 3)]);
    expect(shown(world)).toEqual([
      "audit/user/user_1/+ planned",
      "audit/user/user_1/- planned",
      "soon/user/user_1/+ cancelled",
    ]);
  });

  test("is cancelled while its condition holds for the newest version, and planned again when it no longer does", () => {
    const nag = policy("nag", { kind: "user", until: { banned: [true] } }, ({ before }) =>
      before._tag === "Absent" ? [job("log", 1)] : [],
    );
    const messages = [told("user.created", 1), told("user.updated", 3, { banned: true }), told("user.updated", 5)];
    expect(messages.map((_, count) => shown(worldOf([nag], messages.slice(0, count + 1)))[0])).toEqual([
      "nag/user/user_1/+ planned",
      "nag/user/user_1/+ cancelled",
      "nag/user/user_1/+ planned",
    ]);
    expect(shown(worldOf([nag], messages.toReversed()))).toEqual(["nag/user/user_1/+ planned"]);
  });

  test("sticks to a person's cancel", () => {
    const planned = withPhase(worldOf([welcome], [told("user.created", 1)]), "welcome/user/user_1", "cancelled");
    const again = receive(planned, decodeStory(told("user.created", 1, {}, "another")));
    expect(shown(again)).toEqual(["welcome/user/user_1 cancelled"]);
  });

  test("plans nothing for a snapshot unless it asks, and a webhook of that instant still counts as the birth", () => {
    const observed = { ...told("user.updated", 1), source: "api" } as const;
    expect(shown(worldOf([welcome], [observed]))).toEqual([]);
    expect(shown(worldOf([welcome], [observed, told("user.created", 1)]))).toEqual(["welcome/user/user_1 planned"]);
  });

  test("that asks for snapshots is withdrawn where a webhook tells of the same instant", () => {
    const all = policy("all", { kind: "user", observed: true }, () => [job("log", 1)]);
    const observed = { ...told("user.updated", 5), source: "api" } as const;
    const world = worldOf([all], [told("user.created", 1), observed, told("user.updated", 5, {}, "two")]);
    expect(shown(world)).toEqual(
      [
        "all/user/user_1/+ planned",
        `all/user/user_1/${EPOCH_MS + 5}/user.observed withdrawn`,
        `all/user/user_1/${EPOCH_MS + 5}/user.updated planned`,
      ].sort(),
    );
  });

  test("plans nothing for what is received over three days after it happened, by the birth's own time", () => {
    const late = { ...told("user.created", 1), receivedAtMs: EPOCH_MS + 4 * DAY_MS };
    expect(shown(worldOf([welcome], [late]))).toEqual([]);
    const old = told("user.updated", 1, { created_at: EPOCH_MS - 400 * DAY_MS });
    const births = policy("births", { kind: "user" }, ({ before }) =>
      before._tag === "Absent" ? [job("log", 1)] : [],
    );
    expect(shown(worldOf([births], [old]))).toEqual([]);
  });

  test("plans the death however late it is known, and though it was only observed", () => {
    const revoke = policy("revoke", { kind: "user" }, ({ after }) => (after._tag === "Deleted" ? [job("log", 1)] : []));
    const late = { ...gone("user.deleted", 3), source: "api", receivedAtMs: EPOCH_MS + 90 * DAY_MS } as const;
    expect(shown(worldOf([revoke], [late]))).toEqual(["revoke/user/user_1/- planned"]);
  });

  test("plans one and the same job for a child's own deletion and its parent's", () => {
    const revoke = policy("revoke", { kind: "organization_membership" }, ({ after }) =>
      after._tag === "Deleted" ? [job("revoke", { user: after.value?.userId ?? null })] : [],
    );
    const parents = { organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };
    const member = (type: string, step: number): StoryMessage => told(type, step, parents, type, "orgmem_1");
    const own = member("organizationMembership.deleted", 4);
    const orders = [
      [member("organizationMembership.created", 1), gone("organization.deleted", 3, "org_1"), own],
      [own, gone("organization.deleted", 3, "org_1"), member("organizationMembership.created", 1)],
      [gone("organization.deleted", 3, "org_1"), member("organizationMembership.created", 1)],
      [own],
    ];
    for (const order of orders) {
      const world = worldOf([revoke], order);
      expect(shown(world)).toEqual(["revoke/organization_membership/orgmem_1/- planned"]);
      expect(jobsOf(world)[0]?.job.payload).toEqual({ user: "user_1" });
    }
  });

  test("that throws or returns nonsense leaves its jobs as they are, and never harms the message", () => {
    const bad: readonly (() => readonly Job[])[] = [
      () => {
        throw new Error("boom");
      },
      () => "nonsense" as never,
      () => [{ handler: "", payload: 1 }],
      () => [job("log", { at: Number.NaN })],
      () => [job("log", (() => 1) as never)],
      () => [job("log", 1), job("log", 2)],
      () => [job("log", 1, { key: "no spaces please" })],
      () => [job("log", 1, { after: "soon" as never })],
      () => [job("log", 1, { after: { atMs: 1e18 } })],
      () => [job("l\u0000og", 1)],
      () => [job("log", 1, { needs: "x" as never })],
      () => {
        throw Object.create(null);
      },
    ];
    for (const decide of bad) {
      const world = worldOf([policy("bad", { kind: "user" }, decide)], [told("user.created", 1)]);
      expect(world.rows.size).toBe(1);
      expect(shown(world)).toEqual([]);
      expect([...world.planFaults.keys()]).toEqual(["bad#user/user_1#+"]);
    }
    let isBroken = true;
    const mended = policy("mended", { kind: "user" }, () => {
      if (isBroken) throw new Error("boom");
      return [job("log", 1)];
    });
    const broken = worldOf([mended], [told("user.created", 1)]);
    isBroken = false;
    const after = receive(broken, decodeStory(told("user.created", 1, {}, "zzz")));
    expect([shown(after), after.planFaults.size]).toEqual([["mended/user/user_1/+ planned"], 0]);
  });

  test("may want a job of no payload, or part of a millisecond from now", () => {
    const odd = policy("odd", { kind: "user", settle: 0.5 }, () => [job("log", null, { after: 0.5 })]);
    const [entry] = jobsOf(worldOf([odd], [told("user.created", 1)]));
    expect([entry?.job.payload, Number.isInteger(entry?.job.startAtMs)]).toEqual([null, true]);
  });

  test("names each of several jobs on one edge", () => {
    const two = policy("two", { kind: "user" }, () => [job("log", 1, { key: "a" }), job("log", 2, { key: "b" })]);
    expect(shown(worldOf([two], [told("user.created", 1)]))).toEqual([
      "two/user/user_1/+/a planned",
      "two/user/user_1/+/b planned",
    ]);
  });

  test("edited later leaves the edges that nothing changes as they were planned", () => {
    const planned = worldOf(
      [policy("note", { kind: "user" }, () => [job("log", "old")])],
      [told("user.created", 1), told("user.updated", 5)],
    );
    const policies = [policy("note", { kind: "user" }, () => [job("log", "new")])];
    const edited = { ...planned, index: { ...planned.index, policies } };
    const after = receive(edited, decodeStory(told("user.updated", 9)));
    const payloads = jobsOf(after).map(({ job: { intent, payload } }) => [intent, payload]);
    expect(payloads).toEqual([
      ["+", "old"],
      [`${EPOCH_MS + 5}/user.updated`, "old"],
      [`${EPOCH_MS + 9}/user.updated`, "new"],
    ]);
  });

  test("leaves an edge as recorded once an end of it has lost its payload", () => {
    const note = policy("note", { kind: "user" }, ({ before }) => [job("log", before._tag)]);
    const planned = worldOf([note], [told("user.created", 1), told("user.updated", 9)]);
    const entities = [...planned.index.entities].map(([key, indexed]) => {
      const told = indexed.told.map((it) => ({ ...it, body: null }));
      return [key, { ...indexed, told }] as const;
    });
    const retained = { ...planned, index: { ...planned.index, entities: new Map(entities) } };
    const after = receive(retained, decodeStory(told("user.updated", 5)));
    expect(jobsOf(after).map(({ job: it, wanted }) => [it.intent, it.payload, wanted])).toEqual([
      ["+", "Absent", true],
      [`${EPOCH_MS + 9}/user.updated`, "Live", true],
    ]);
  });

  test("leaves a birth as recorded, though by its version alone it would be too old", () => {
    const note = policy("note", { kind: "user" }, () => [job("log", 1)]);
    const born = { ...told("user.created", 1), receivedAtMs: EPOCH_MS + 4 * 86_400_000 };
    const link = { _tag: "Link", type: "user.created", source: "webhook", body: null } as const;
    const version = { asOfMs: EPOCH_MS + 1, rank: 1, timestampMs: EPOCH_MS + 1, svixId: born.svixId } as const;
    const after = { ...link, version, receivedAtMs: born.receivedAtMs };
    const edge = { intent: "+", before: { _tag: "Nothing" }, after } as const;
    expect(planEdge(note, { kind: "user", id: "user_1" }, edge)).toEqual({ _tag: "Unknown" });
  });

  test("switched on later plans nothing of what was received before", () => {
    const since = policy("new", { kind: "user", sinceMs: EPOCH_MS + 5 }, () => [job("log", 1)]);
    const world = worldOf([since], [told("user.created", 1), told("user.updated", 9)]);
    expect(shown(world)).toEqual([`new/user/user_1/${EPOCH_MS + 9}/user.updated planned`]);
  });

  test("holds back what can't be undone, and says what the job needs", () => {
    const careful = policy("careful", { kind: "user", holdback: "1 hour", approval: true }, () => [
      job("clerk", 1, { after: "1 minute", needs: [{ kind: "organization", id: "org_1" }] }),
    ]);
    expect(jobsOf(worldOf([careful], [told("user.created", 1)]))[0]?.job).toMatchObject({
      startAtMs: EPOCH_MS + 1 + 3_600_000,
      approval: true,
      needs: [{ kind: "organization", id: "org_1" }],
    });
  });
});
