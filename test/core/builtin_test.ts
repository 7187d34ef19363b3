import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import fc from "fast-check";
import { builtin } from "../../src/core/builtin.ts";
import { jobsOf, type OnDelete, type Policy, receive, type World } from "../../src/core/mod.ts";
import { scenario } from "../../src/shell/example/scenario.ts";
import { builtinWorld, message, observedDeletion, user } from "../support/builtins.ts";
import { EPOCH_MS, INSTANCE_ID } from "../support/histories.ts";
import { type StoryMessage, stories } from "../support/stories.ts";
import { wantedIn } from "../support/story_world.ts";

/** One for each use that the field knows. */
const NAMES = [
  "welcome",
  "provision",
  "permissions",
  "cleanup",
  "cancel-subscriptions",
  "archive",
  "session-cleanup",
  "force-reauth",
  "security-audit",
  "activity-log",
  "session-limit",
  "workspace",
  "default-roles",
  "billing-sync",
  "permissions-sync",
  "grant-access",
  "revoke-access",
  "notify",
  "invitation-reminder",
  "entitlements",
  "dunning",
  "trial-ending",
  "deliver-message",
];

const made = Object.entries(builtin).map(([name, make]) => ({
  name,
  policy: make({ handler: "mine", max: 3 }) as Policy,
}));
const all: readonly Policy[] = made.map(({ policy }) => policy);

describe("builtin", () => {
  test("has the policies of the design, by their names", () => {
    expect(all.map(({ name }) => name)).toEqual(NAMES);
    for (const { name, policy } of made) {
      expect(name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).toBe(policy.name);
    }
  });

  test("leaves to choose when it plans, and fixes the rest", () => {
    const planning = { settle: 1, observed: true, maxAge: "forever", sinceMs: 3 } as const;
    const timing = { ...planning, holdback: 2, approval: true, stopAbove: { jobs: 4, per: 5 } } as const;
    for (const make of Object.values(builtin)) {
      const { options } = make({ handler: "mine", max: 3, extra: { a: 1 }, ...timing }) as Policy;
      expect(options).toMatchObject(timing);
      const names = ["kind", "once", "level", "until", ...Object.keys(timing)];
      expect(Object.keys(options).filter((name) => !names.includes(name))).toEqual([]);
    }
  });

  test("makes jobs for your handler, with your fields, and no faults", () => {
    for (const make of Object.values(builtin)) {
      const world = builtinWorld(
        [make({ handler: "mine", max: 3, extra: { a: 1 } }) as Policy],
        [...lifeOf("a"), ...MORE],
        "keep",
      );
      expect(world.planFaults.size).toBe(0);
      for (const { job } of jobsOf(world)) {
        expect(job.handler).toBe("mine");
        expect(job.payload).toMatchObject({ a: 1 });
      }
    }
  });

  test("is documented with the keys that its jobs have", async () => {
    const documented = await documentedKeys();
    const gone = observedDeletion({ kind: "subscription", id: "csub_1" }, 60);
    const world = receive(worldOf([...lifeOf("a"), ...MORE], "keep"), gone);
    const keys = [...jobsOf(world).map(({ job }) => job), ...world.armed.values()];
    expect([...documented.keys()].sort()).toEqual(NAMES.toSorted());
    for (const [name, patterns] of documented) {
      const own = keys.filter(({ policy }) => policy === name).map(({ key }) => key);
      const unexplained = own.filter((key) => !patterns.some((pattern) => pattern.test(key)));
      const unseen = patterns.filter((pattern) => !own.some((key) => pattern.test(key))).map(String);
      expect({ name, unexplained, unseen }).toEqual({ name, unexplained: [], unseen: [] });
    }
  });
});

describe("the jobs of all built-in policies", () => {
  test("are always those of an example life told in order, whatever came when and how often", () => {
    fc.assert(
      fc.property(lives, onDeletes, ({ life, delivered }, onDelete) => {
        expect(shown(worldOf(delivered, onDelete))).toEqual(shown(worldOf(life, onDelete)));
      }),
    );
  }, 60_000);

  test("are always the same for the same messages, with ties, snapshots and late receipts", () => {
    fc.assert(
      fc.property(stories, onDeletes, ({ history, delivered }, onDelete) => {
        expect(shown(worldOf(delivered, onDelete))).toEqual(shown(worldOf(history, onDelete)));
      }),
    );
  });
});

const onDeletes = fc.constantFrom<OnDelete>("keep", "erase");

/** An example life with some receipts late, and one way it may be delivered: all at least once, some often. */
const lives = fc
  .record({
    seed: fc.constantFrom("a", "b", "c"),
    lagsMs: fc.array(fc.constantFrom(0, 100, 90_000, 4 * 86_400_000), { minLength: 1, maxLength: 7 }),
    repeats: fc.array(fc.nat(), { maxLength: 12 }),
    ranks: fc.array(fc.nat(), { minLength: 1, maxLength: 100 }),
  })
  .map(({ seed, lagsMs, repeats, ranks }) => {
    const life = [...lifeOf(seed), ...MORE].map((it, index) => ({
      ...it,
      receivedAtMs: it.receivedAtMs + (lagsMs[index % lagsMs.length] ?? 0),
    }));
    const copies = [...life, ...repeats.map((pick) => life[pick % life.length] as StoryMessage)];
    const delivered = copies
      .map((it, index) => ({ it, rank: ranks[(index * 31) % ranks.length] ?? 0 }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ it }) => it);
    return { life, delivered };
  });

function lifeOf(seed: string): readonly StoryMessage[] {
  const envelopes = scenario("life", { seed, nowMs: EPOCH_MS, instanceId: INSTANCE_ID });
  return envelopes.map((envelope, index) => ({
    svixId: `msg_${index}`,
    source: "webhook",
    receivedAtMs: envelope.timestamp + 100,
    // Every payload of an example has an id, which the type of its `data` does not say.
    envelope: envelope as unknown as StoryMessage["envelope"],
  }));
}

/** What no example life has: bans, mails that are ours to deliver, ends seen without their beginnings, and so on. */
const MORE: readonly StoryMessage[] = [
  message("user.created", 0, user({})),
  message("user.updated", 10, user({ banned: true })),
  message("user.created", 0, user({ id: "user_2", banned: true })),
  message("session.ended", 20, { id: "sess_over", user_id: "user_1", status: "ended" }),
  message("session.revoked", 20, { id: "sess_out", user_id: "user_1", status: "revoked" }),
  message("session.revoked", 30, { id: "sess_over", user_id: "user_1", status: "revoked" }),
  message("organization.created", 0, { id: "org_1", name: "Example", max_allowed_memberships: 5 }),
  message("organization.updated", 10, { id: "org_1", name: "Example Ltd", max_allowed_memberships: 9 }),
  message("subscription.created", 0, { id: "csub_1", status: "past_due" }),
  message("subscriptionItem.active", 0, { id: "csub_item_1", subscription_id: "csub_1", status: "active" }),
  message("email.created", 0, { id: "ema_1", object: "email", delivered_by_clerk: false }),
];

function worldOf(delivered: readonly StoryMessage[], onDelete: OnDelete): World {
  return builtinWorld(all, delivered, onDelete);
}

/** Wanted jobs whole, so that handler, needs and the rest are compared too. */
function shown(world: World): unknown {
  const wanted = new Set(wantedIn(world).map(({ key }) => key));
  const jobs = jobsOf(world).filter(({ job }) => wanted.has(job.key));
  return jobs.map(({ job, moot }) => ({ ...job, moot })).sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** By policy, the keys that its doc comment promises: `name/kind/<id>...`, and `/...` for what may follow it. */
async function documentedKeys(): Promise<ReadonlyMap<string, readonly RegExp[]>> {
  const core = join(import.meta.dir, "../../src/core");
  const files = await Array.fromAsync(new Glob("builtin_*.ts").scan(core));
  const texts = await Promise.all(files.map((file) => Bun.file(join(core, file)).text()));
  const docs = texts.flatMap((text) => [...text.matchAll(/\/\*\*\n \* `([a-z-]+)`: [\s\S]*?\*\//g)]);
  return new Map(docs.map(([doc, name = ""]) => [name, keysIn(doc, name)]));
}

function keysIn(doc: string, name: string): readonly RegExp[] {
  const [, line = ""] = /\n \* - Keys? ([\s\S]*?)(?=\n \* - |\n \*\/)/.exec(doc) ?? [];
  const templates = [...line.matchAll(/`((?:[a-z-]+)?\/[^`]+)`/g)].map(([, template = ""]) => template);
  const [base = ""] = /^[^<]*<id>/.exec(templates[0] ?? "") ?? [];
  expect(base.startsWith(`${name}/`)).toBe(true);
  return templates.map((template) => {
    const whole = template.startsWith("/") ? `${base}${template}` : template;
    const pattern = whole
      .replaceAll("+", "\\+")
      .replace("<id>", "[^/]+")
      .replace("<asOfMs>", "\\d+")
      .replace("<event type>", "\\w+\\.\\w+");
    return new RegExp(`^${pattern}$`);
  });
}
