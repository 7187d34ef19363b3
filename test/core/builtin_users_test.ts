import { describe, expect, test } from "bun:test";
import { builtin } from "../../src/core/builtin.ts";
import { scenario } from "../../src/shell/example/scenario.ts";
import {
  builtinWorld,
  DAY_MS,
  HOUR_MS,
  message,
  observed,
  onlyJob,
  shownJobs,
  states,
  user,
} from "../support/builtins.ts";
import { EPOCH_MS, INSTANCE_ID } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

const WELCOME = "welcome/user/user_1";
const created = message("user.created", 0, user({}));
const deleted = message("user.deleted", 50, { id: "user_1" });
const hello = { to: "ada@example.com", template: "welcome", data: { userId: "user_1", firstName: "Ada" } };

describe("welcome()", () => {
  test("plans one e-mail for a new user with an address, five seconds after it came", () => {
    const updated = message("user.updated", 60, user({ first_name: "Ada L." }));
    expect(shownJobs(builtin.welcome(), [created, updated])).toEqual([
      { key: WELCOME, state: "planned", payload: hello },
    ]);
    expect(onlyJob(builtin.welcome(), [created])).toMatchObject({
      handler: "email",
      startAtMs: created.receivedAtMs + 5_000,
      until: "deleted",
    });
  });

  test("plans for each who signs up in an example life", () => {
    const envelopes = scenario("life", { seed: "welcome", nowMs: EPOCH_MS, instanceId: INSTANCE_ID });
    const life = envelopes.map((envelope, index): StoryMessage => {
      const receivedAtMs = envelope.timestamp + 10;
      return { svixId: `msg_${index}`, source: "webhook", receivedAtMs, envelope: envelope as never };
    });
    const born = envelopes
      .filter(({ type }) => type === "user.created")
      .map(({ data }) => `welcome/user/${data["id"]}`);
    expect(shownJobs(builtin.welcome(), life).map(({ key }) => key)).toEqual(born.sort());
    expect(born).toHaveLength(3);
  });

  test("takes template, sender, handler, settle time and fields of yours", () => {
    const policy = builtin.welcome({
      template: "hi",
      from: "us@example.com",
      handler: "mailer",
      settle: 7,
      extra: { to: "x", lang: "en" },
    });
    expect(onlyJob(policy, [created])).toMatchObject({
      handler: "mailer",
      startAtMs: created.receivedAtMs + 7,
      payload: { ...hello, template: "hi", from: "us@example.com", lang: "en" },
    });
  });

  test("waits for the first address, if it comes while the account is new", () => {
    const without = message("user.created", 0, user({}, null));
    const soon = message("user.updated", 60, user({}));
    const late = message("user.updated", (4 * DAY_MS) / 1_000, user({}));
    expect(shownJobs(builtin.welcome(), [without])).toEqual([]);
    expect(shownJobs(builtin.welcome(), [without, soon])).toEqual([{ key: WELCOME, state: "planned", payload: hello }]);
    expect(shownJobs(builtin.welcome(), [without, late])).toEqual([]);
    expect(shownJobs(builtin.welcome({ within: "5 days" }), [without, late])).toHaveLength(1);
  });

  test("plans nothing for an old account, nor for one that was only observed", () => {
    const old = message("user.updated", 60, user({ created_at: EPOCH_MS - 900 * DAY_MS }));
    const snapshot = observed(message("user.updated", 60, user({})));
    const after = message("user.updated", 70, user({ first_name: "Ada L." }));
    expect(shownJobs(builtin.welcome(), [old, after])).toHaveLength(0);
    expect(shownJobs(builtin.welcome(), [snapshot, after])).toEqual([]);
    expect(shownJobs(builtin.welcome({ observed: true }), [snapshot])).toHaveLength(1);
  });

  test("keeps its job, with the payload of the creation that came late", () => {
    const updated = message("user.updated", 60, user({ first_name: "Ada L." }));
    expect(shownJobs(builtin.welcome(), [updated, created])).toEqual([
      { key: WELCOME, state: "planned", payload: hello },
    ]);
  });

  test("is withdrawn when a late version shows that there was an address before", () => {
    const updated = message("user.updated", 60, user({}));
    const before = observed(message("user.updated", 30, user({})));
    expect(states(shownJobs(builtin.welcome(), [updated, before]))).toEqual({ [WELCOME]: "withdrawn" });
  });

  test("is cancelled by the deletion, before or after", () => {
    expect(states(shownJobs(builtin.welcome(), [created, deleted]))).toEqual({ [WELCOME]: "cancelled" });
    expect(states(shownJobs(builtin.welcome(), [deleted, created]))).toEqual({ [WELCOME]: "cancelled" });
  });

  test("shows a time that is none as a fault", () => {
    const world = builtinWorld([builtin.welcome({ within: "soon" as never })], [created], "keep");
    expect([...world.planFaults.values()]).toEqual(["the policy names a time that is none"]);
  });
});

describe("provision()", () => {
  const policy = builtin.provision({ handler: "crm.sync", extra: { list: "new" } });

  test("plans once for a new user, with or without an address", () => {
    const without = message("user.created", 0, user({ external_id: "crm-1" }, null));
    const updated = message("user.updated", 60, user({}));
    expect(shownJobs(policy, [without, updated])).toEqual([
      {
        key: "provision/user/user_1",
        state: "planned",
        payload: { list: "new", userId: "user_1", externalId: "crm-1", email: null },
      },
    ]);
    expect(onlyJob(policy, [without]).handler).toBe("crm.sync");
  });

  test("gives the waiting job the payload of the creation that came late", () => {
    const updated = message("user.updated", 60, user({}, "new@example.com"));
    expect(shownJobs(policy, [updated, created])).toEqual(shownJobs(policy, [created, updated]));
  });

  test("plans nothing for what is old or observed, and is cancelled by the deletion", () => {
    expect(shownJobs(policy, [message("user.updated", 60, user({ created_at: EPOCH_MS - 9 * DAY_MS }))])).toEqual([]);
    expect(shownJobs(policy, [observed(created)])).toEqual([]);
    expect(states(shownJobs(policy, [created, deleted]))).toEqual({ "provision/user/user_1": "cancelled" });
  });
});

describe("permissions()", () => {
  const policy = builtin.permissions({ handler: "acl" });
  const keyAt = (seconds: number): string => `permissions/user/user_1/${EPOCH_MS + seconds * 1_000}/user.updated`;
  const changesOf = (...messages: readonly StoryMessage[]): unknown =>
    Object.fromEntries(
      shownJobs(policy, [created, ...messages]).map(({ key, payload }) => [
        key,
        (payload as { changed?: unknown }).changed,
      ]),
    );

  test("plans for a ban and its end, a lock, and a directory's switch", () => {
    expect(
      changesOf(
        message("user.updated", 10, user({ banned: true })),
        message("user.updated", 20, user({ banned: false, locked: true })),
        message("user.updated", 30, user({ locked: true, deprovisioned: true })),
      ),
    ).toEqual({
      [keyAt(10)]: { banned: true },
      [keyAt(20)]: { banned: false, locked: true },
      [keyAt(30)]: { deprovisioned: true },
    });
  });

  test("plans for metadata that says what a user may do, and for no other", () => {
    expect(
      changesOf(
        message("user.updated", 10, user({ public_metadata: { color: "red" } })),
        message("user.updated", 20, user({ public_metadata: { color: "blue", role: "admin" } })),
        message("user.updated", 30, user({ public_metadata: { role: "admin" }, unsafe_metadata: { role: "owner" } })),
        message("user.updated", 40, user({ public_metadata: {} })),
      ),
    ).toEqual({
      [keyAt(20)]: { "publicMetadata.role": "admin" },
      [keyAt(40)]: { "publicMetadata.role": null },
    });
  });

  test("takes metadata that a payload lacks as unknown, not as gone", () => {
    const admin = user({ public_metadata: { role: "admin" } });
    expect(
      changesOf(
        message("user.updated", 10, admin),
        message("user.updated", 20, user({})),
        message("user.updated", 30, admin),
      ),
    ).toEqual({});
  });

  test("looks at the metadata that you name, in its first version too", () => {
    const metered = builtin.permissions({ handler: "acl", metadataKeys: ["color"] });
    const [from, to] = [user({ private_metadata: { color: 1 } }), user({ private_metadata: { color: 2 } })];
    expect(shownJobs(metered, [message("user.created", 0, from), message("user.updated", 9, to)])).toEqual([
      {
        key: "permissions/user/user_1/+",
        state: "planned",
        payload: { userId: "user_1", changed: { "privateMetadata.color": 1 }, asOfMs: EPOCH_MS },
      },
      {
        key: keyAt(9),
        state: "planned",
        payload: { userId: "user_1", changed: { "privateMetadata.color": 2 }, asOfMs: EPOCH_MS + 9_000 },
      },
    ]);
  });

  test("plans for a first version that is banned, and for none other", () => {
    expect(shownJobs(policy, [created])).toEqual([]);
    expect(shownJobs(policy, [message("user.updated", 10, user({ banned: true }))])).toMatchObject([
      { key: "permissions/user/user_1/+", payload: { changed: { banned: true } } },
    ]);
  });

  test("is withdrawn when a late version tells it otherwise, and cancelled by the deletion", () => {
    const banned = message("user.updated", 30, user({ banned: true }));
    const before = message("user.updated", 20, user({ banned: true }));
    expect(states(shownJobs(policy, [created, banned, before]))).toEqual({
      [keyAt(20)]: "planned",
      [keyAt(30)]: "withdrawn",
    });
    expect(states(shownJobs(policy, [created, banned, deleted]))).toEqual({ [keyAt(30)]: "cancelled" });
  });
});

describe("cleanup(), cancelSubscriptions() and archive()", () => {
  const cleanup = builtin.cleanup({ handler: "wipe" });
  const known = message("user.created", 0, user({ external_id: "crm-1" }));

  test("plan on the deletion, also of a user never seen, and one job for several deletions", () => {
    const again = message("user.deleted", 40, { id: "user_1" });
    expect(shownJobs(cleanup, [known])).toEqual([]);
    expect(shownJobs(cleanup, [deleted])).toEqual([
      { key: "cleanup/user/user_1/-", state: "planned", payload: { userId: "user_1", externalId: null } },
    ]);
    expect(shownJobs(cleanup, [known, deleted, again])).toEqual([
      { key: "cleanup/user/user_1/-", state: "planned", payload: { userId: "user_1", externalId: "crm-1" } },
    ]);
  });

  test("know the user who was told of late, also where the deletion erases", () => {
    for (const onDelete of ["keep", "erase"] as const) {
      expect(shownJobs(cleanup, [deleted, known], onDelete)).toEqual(shownJobs(cleanup, [known, deleted], onDelete));
    }
  });

  test("plan for a deletion that was observed, and for one received very late", () => {
    const late = { ...deleted, receivedAtMs: deleted.receivedAtMs + 400 * DAY_MS };
    expect(shownJobs(cleanup, [observed(deleted)])).toHaveLength(1);
    expect(shownJobs(cleanup, [late])).toHaveLength(1);
  });

  test("cancelSubscriptions() waits an hour, or for a person", () => {
    const job = onlyJob(builtin.cancelSubscriptions({ handler: "billing" }), [deleted]);
    expect(job).toMatchObject({
      key: "cancel-subscriptions/user/user_1/-",
      startAtMs: deleted.receivedAtMs + HOUR_MS,
      until: "never",
      approval: false,
    });
    const asking = builtin.cancelSubscriptions({ handler: "billing", holdback: 0, approval: true });
    expect(onlyJob(asking, [deleted])).toMatchObject({ startAtMs: deleted.receivedAtMs, approval: true });
  });

  test("archive() says in the log that the user is gone, unless you name a handler", () => {
    const payload = { userId: "user_1", externalId: "crm-1", deletedAtMs: EPOCH_MS + 50_000 };
    expect(onlyJob(builtin.archive(), [known, deleted])).toMatchObject({
      key: "archive/user/user_1/-",
      handler: "log",
      payload,
    });
    expect(onlyJob(builtin.archive({ handler: "s3" }), [deleted]).handler).toBe("s3");
  });
});
