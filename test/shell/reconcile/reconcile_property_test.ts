import { expect, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import { job, type Message, policy } from "../../../src/core/mod.ts";
import { type ObservableKind, observationOf } from "../../../src/shell/clerk/observation.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { verifyLog } from "../../../src/shell/verify/verify.ts";
import { eachDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { callClerk, reconciled } from "../../support/reconciling.ts";

/** Some seconds on two cores; a nightly run raises it with FC_RUNS. */
const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 12) };
const LIMIT_MS = 600_000;

const POLICIES = [
  policy("welcome", { kind: "user", once: true }, ({ after }) =>
    after._tag === "Live" && after.event === "user.created" ? [job("log", "welcome")] : [],
  ),
  policy("farewell", { kind: "user" }, ({ after }) => (after._tag === "Deleted" ? [job("log", "farewell")] : [])),
  policy("revoke", { kind: "organization_membership" }, ({ after }) =>
    after._tag === "Deleted" ? [job("log", "revoke")] : [],
  ),
];

/** What may happen; `pick` chooses among what is there by then. */
type Step =
  | { readonly _tag: "Change"; readonly what: (typeof CHANGES)[number]; readonly pick: number }
  /** One webhook, of any that Clerk ever sent: late, again, or in another order. Others never come. */
  | { readonly _tag: "Deliver"; readonly pick: number }
  /** Clerk is asked for something, and the answer is held back. */
  | { readonly _tag: "Ask"; readonly kind: (typeof ASKED)[number]; readonly pick: number }
  /** An answer that was held back is recorded: a page of a backfill, or a read-through. */
  | { readonly _tag: "Record"; readonly pick: number }
  /** A scan that steps happen in the middle of, and that may be killed at a request. */
  | { readonly _tag: "Reconcile"; readonly amid: readonly Step[]; readonly killedAt: number | null };

const CHANGES = [
  "add user",
  "change user",
  "delete user",
  "add organization",
  "delete organization",
  "add member",
  "remove member",
  "change role",
  "invite",
  "revoke invitation",
] as const;
const ASKED = ["user", "organization", "organization_membership", "organization_invitation"] as const;

const pick = fc.nat({ max: 1_000 });
const simple: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ _tag: fc.constant("Change"), what: fc.constantFrom(...CHANGES), pick }) },
  { weight: 4, arbitrary: fc.record({ _tag: fc.constant("Deliver"), pick }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Ask"), kind: fc.constantFrom(...ASKED), pick }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Record"), pick }) },
);
const scan: fc.Arbitrary<Step> = fc.record({
  _tag: fc.constant("Reconcile"),
  amid: fc.array(simple, { maxLength: 6 }),
  killedAt: fc.option(fc.integer({ min: 1, max: 12 }), { nil: null }),
});
const story = fc.array(fc.oneof({ weight: 9, arbitrary: simple }, { weight: 1, arbitrary: scan }), {
  minLength: 5,
  maxLength: 40,
});

/** Clerk, Docket's database, and what is on its way between them. */
class Play {
  readonly database: TestDatabase;
  readonly clerk: FakeClerk;
  /** `<event type> <entity id>` of what came. */
  readonly delivered = new Set<string>();
  readonly #held: Message[] = [];
  readonly #record: ReturnType<typeof recorder>;

  constructor(database: TestDatabase, clerk: FakeClerk) {
    this.database = database;
    this.clerk = clerk;
    this.#record = recorder(database, { policies: POLICIES });
  }

  async act(step: Step): Promise<void> {
    const { world } = this.clerk;
    switch (step._tag) {
      case "Change":
        return this.#change(step.what, step.pick);
      case "Deliver": {
        const event = picked(world.events(), step.pick);
        if (event === undefined) return;
        this.delivered.add(`${event.type} ${JSON.parse(event.body).data.id}`);
        const message = decodeDelivery({ svixId: event.svixId, body: event.body, receivedAtMs: Date.now() });
        await this.#record([message]);
        return;
      }
      case "Ask": {
        const data = picked(world.all(step.kind), step.pick);
        const context = { receivedAtMs: Date.now(), instanceId: world.instanceId };
        if (data !== undefined) this.#held.push(observationOf(step.kind, data, context));
        return;
      }
      case "Record": {
        const message = picked(this.#held, step.pick);
        if (message !== undefined) await this.#record([message]);
        return;
      }
      case "Reconcile":
        return this.#scan(step.amid, step.killedAt);
      default:
        return step satisfies never;
    }
  }

  async #scan(amid: readonly Step[], killedAt: number | null): Promise<void> {
    let requests = 0;
    const beforeRequest = async (): Promise<void> => {
      const step = amid[requests];
      requests += 1;
      if (step !== undefined) await this.act(step);
      if (requests === killedAt) throw new Error("killed");
    };
    const scanning = reconciled(this.database, this.clerk, { fix: true, policies: POLICIES, beforeRequest });
    if (killedAt === null) await scanning;
    else await scanning.catch(() => undefined);
  }

  async #change(what: (typeof CHANGES)[number], at: number): Promise<void> {
    const { clerk } = this;
    const { world } = clerk;
    const id = (kind: ObservableKind): string | undefined => picked(world.all(kind), at)?.["id"] as string | undefined;
    const [user, organization] = [id("user"), id("organization")];
    const membership = id("organization_membership");
    switch (what) {
      case "add user":
        return void world.addUser();
      case "change user":
        if (user !== undefined) world.change("user", user, { fields: { first_name: `${at}` }, type: "user.updated" });
        return;
      case "delete user":
        if (user !== undefined) await callClerk(clerk, "DELETE", `/users/${user}`);
        return;
      case "add organization":
        return void (user === undefined || world.addOrganization(user));
      case "delete organization":
        if (organization !== undefined) await callClerk(clerk, "DELETE", `/organizations/${organization}`);
        return;
      case "add member": {
        const body = { user_id: user, role: "org:member" };
        if (user !== undefined && organization !== undefined) {
          await callClerk(clerk, "POST", `/organizations/${organization}/memberships`, body);
        }
        return;
      }
      case "remove member": {
        const data = world.get("organization_membership", membership ?? "");
        if (data !== undefined) {
          world.remove("organization_membership", membership ?? "", { type: "organizationMembership.deleted", data });
        }
        return;
      }
      case "change role": {
        const change = { fields: { role: `org:${at}` }, type: "organizationMembership.updated" };
        world.change("organization_membership", membership ?? "", change);
        return;
      }
      case "invite":
        return void (organization === undefined || world.addInvitation(organization));
      case "revoke invitation":
        world.change("organization_invitation", id("organization_invitation") ?? "", {
          fields: { status: "revoked" },
          type: "organizationInvitation.revoked",
        });
        return;
      default:
        return what satisfies never;
    }
  }
}

function picked<T>(all: readonly T[], at: number): T | undefined {
  return all[at % Math.max(1, all.length)];
}

/** The live rows of a kind as the fake has them: what Clerk says, whole. */
async function liveRows({ db }: TestDatabase, kind: string): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await sql<{ id: string; data: unknown }>`
    select id, data from ${sql.table(`clerk.${kind}s`)} where deleted_at is null`.execute(db);
  return Object.fromEntries(rows.map(({ id, data }) => [id, data]));
}

/** Jobs that wait to be run, as `<policy> <entity id>`, and all that ever were. */
async function jobsOf({ db }: TestDatabase): Promise<{ readonly planned: Set<string>; readonly ever: Set<string> }> {
  const { rows } = await sql<{ policy: string; id: string; state: string }>`
    select policy, split_part(key, '/', 3) as id, state from docket.job`.execute(db);
  const names = (which: typeof rows): Set<string> => new Set(which.map(({ policy: name, id }) => `${name} ${id}`));
  return { planned: names(rows.filter(({ state }) => state === "planned")), ever: names(rows) };
}

async function everyRow({ db }: TestDatabase, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from ${sql.table(table)}`.execute(db);
  return rows.map(({ id }) => id);
}

async function judge(play: Play): Promise<void> {
  const { database, clerk, delivered } = play;
  for (const kind of ASKED) {
    const expected = Object.fromEntries(clerk.world.all(kind).map((row) => [row["id"], row]));
    expect({ kind, rows: await liveRows(database, kind) }).toEqual({ kind, rows: expected });
  }
  const { planned, ever } = await jobsOf(database);
  const isThere = (kind: ObservableKind, id: string): boolean => clerk.world.get(kind, id) !== undefined;
  const wanted = new Set<string>();
  for (const id of await everyRow(database, "clerk.users")) {
    const isWelcome = delivered.has(`user.created ${id}`);
    if (!isWelcome) expect(ever).not.toContain(`welcome ${id}`);
    if (isThere("user", id)) {
      expect(ever).not.toContain(`farewell ${id}`);
      if (isWelcome) wanted.add(`welcome ${id}`);
    } else wanted.add(`farewell ${id}`);
  }
  for (const id of await everyRow(database, "clerk.organization_memberships")) {
    if (isThere("organization_membership", id)) expect(ever).not.toContain(`revoke ${id}`);
    else wanted.add(`revoke ${id}`);
  }
  expect([...planned].sort()).toEqual([...wanted].sort());
}

eachDatabase("reconcile --fix, in quiet", (database) => {
  test(
    "makes the tables Clerk's whatever came before, and plans no job that should not be",
    async () => {
      let nowMs = Date.now() - 3_600_000;
      await fc.assert(
        fc.asyncProperty(story, async (steps) => {
          await resetDatabase(database().db);
          // Behind the database's clock, as what a scan may judge is.
          await using clerk = startFakeClerk({ clock: () => nowMs });
          const play = new Play(database(), clerk);
          for (const step of steps) await play.act(step);
          nowMs += 1;
          await reconciled(database(), clerk, { fix: true, policies: POLICIES });

          await judge(play);
          expect((await reconciled(database(), clerk)).found).toEqual([]);
          const verified = await Array.fromAsync(verifyLog(database().db, { onDelete: "erase", policies: POLICIES }));
          expect(verified.flatMap(({ differences }) => differences)).toEqual([]);
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );
});
