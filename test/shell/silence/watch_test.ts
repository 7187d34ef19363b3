import { expect, test } from "bun:test";
import { Effect, Redacted } from "effect";
import { sql } from "kysely";
import { type ClerkApi, makeClerkApi } from "../../../src/shell/clerk/clerk_api.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { readSilence } from "../../../src/shell/silence/silence_state.ts";
import { isUnheard } from "../../../src/shell/silence/unheard.ts";
import { look, type WatchOptions } from "../../../src/shell/silence/watch.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { type FakeClerk, startFakeClerk } from "../../support/fake_clerk.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { logging } from "../../support/logging.ts";

/** Looks are due every minute, a webhook may be on its way for five. */
const AFTER_MS = 600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5, 12);

eachDatabase("the silence watch", (database) => {
  /** Its clock, its Clerk and its service, in one. */
  function makeStage(options: Partial<WatchOptions> = {}) {
    let nowMs = START_MS;
    const clerk = startFakeClerk({ seed: "watch", clock: () => nowMs });
    const api = makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
    const lines = logging();
    const watch = { afterMs: AFTER_MS, api: api as ClerkApi | null, instanceIds: [INSTANCE_ID], isHooked: false };
    const lookNow = (more: Partial<WatchOptions> = {}): Promise<void> =>
      Effect.runPromise(
        look(database().db, { ...watch, ...options, ...more }).pipe(
          Effect.provide(lines.layer),
          lines.at(() => nowMs),
        ),
      );
    return {
      clerk,
      lines,
      nowMs: () => nowMs,
      lookNow,
      /** Looks once a minute, as the timer does. */
      pass: async (minutes: number, more: Partial<WatchOptions> = {}) => {
        for (let minute = 0; minute < minutes; minute += 1) {
          nowMs += MINUTE_MS;
          await lookNow(more);
        }
      },
      jump: (ms: number) => {
        nowMs += ms;
      },
      deliver: (from = 0) => deliver(clerk, from),
      isSilent: async () => (await readSilence(database().db))?.silentSinceMs != null,
      [Symbol.asyncDispose]: () => clerk[Symbol.asyncDispose](),
    };

    async function deliver({ world }: FakeClerk, from: number): Promise<number> {
      const events = world.events().slice(from);
      await recorder(database())(
        events.map(({ svixId, body }) => decodeDelivery({ svixId, body, receivedAtMs: nowMs })),
      );
      return from + events.length;
    }
  }

  test("is certain of a change at Clerk that no webhook told of for five minutes, and of its end", async () => {
    await using stage = makeStage();
    await stage.lookNow();
    const userId = stage.clerk.world.addUser();
    const told = await stage.deliver();
    await stage.pass(8);
    expect(await stage.isSilent()).toBe(false);

    stage.clerk.world.change("user", userId, { fields: { first_name: "Zoe" }, type: "user.updated" });
    await stage.pass(4);
    expect(await stage.isSilent()).toBe(false);
    await stage.pass(2);
    const changedAtMs = stage.clerk.world.get("user", userId)?.["updated_at"];
    expect(await readSilence(database().db)).toMatchObject({
      silentSinceMs: stage.nowMs(),
      findings: [{ _tag: "BehindClerk", kind: "user", id: userId, atMs: changedAtMs }],
    });
    const silentSinceMs = stage.nowMs();
    await stage.pass(3);
    expect(await readSilence(database().db)).toMatchObject({ silentSinceMs });
    await stage.deliver(told);
    await stage.pass(1);
    expect(await readSilence(database().db)).toMatchObject({ silentSinceMs: null, findings: [], pending: [] });
    expect(stage.lines.texts()).toEqual([
      "Clerk's webhooks are silent: see `docket doctor`",
      "Clerk's webhooks come again",
    ]);
    const { rows } = await sql<{ silent: boolean }>`select silent from docket.silence_edge order by id`.execute(
      database().db,
    );
    expect(rows.map(({ silent }) => silent)).toEqual([true, false]);
  });

  test("is not put off by ever newer changes, nor by what a backfill brought", async () => {
    await using stage = makeStage();
    await stage.lookNow();
    const userId = stage.clerk.world.addUser();
    for (let minute = 0; minute < 7; minute += 1) {
      stage.clerk.world.change("user", userId, { fields: { first_name: `Zoe ${minute}` }, type: "user.updated" });
      await stage.pass(1);
    }
    expect(await stage.isSilent()).toBe(true);
    await stage.deliver();
    await sql`update docket.log set source = 'api'`.execute(database().db);
    await stage.pass(2);
    expect(await stage.isSilent()).toBe(true);
  });

  test("takes one lost message for lost, and not for silence, when others of its kind come later", async () => {
    await using stage = makeStage();
    await stage.lookNow();
    stage.clerk.world.silently(() => stage.clerk.world.addUser());
    await stage.pass(2);
    // While the lost one may still be on its way, another says nothing of it.
    stage.clerk.world.addUser();
    const told = await stage.deliver();
    await stage.pass(4);
    expect(await stage.isSilent()).toBe(true);
    stage.clerk.world.addUser();
    await stage.deliver(told);
    await stage.pass(1);
    expect(await stage.isSilent()).toBe(false);
  });

  test("reads no more of the log than it has not learned from, however long a change stays unheard", async () => {
    await using stage = makeStage();
    await stage.lookNow();
    stage.clerk.world.addUser();
    await stage.deliver();
    await stage.pass(2);
    const { db } = database();
    const change = { _tag: "BehindClerk", kind: "user", id: "user_lost", atMs: START_MS - MINUTE_MS } as const;
    expect(await isUnheard(db, change, 0)).toBe(false);
    await sql`delete from docket.source_rhythm`.execute(db);
    expect(await isUnheard(db, change, 0)).toBe(true);
    await sql`update docket.silence set learned_to = null`.execute(db);
    expect(await isUnheard(db, change, 0)).toBe(false);
  });

  test("knows organizations by their creation, and passes over an instance without them", async () => {
    await using stage = makeStage();
    await stage.lookNow();
    const founder = stage.clerk.world.addUser();
    const told = await stage.deliver();
    const organizationId = stage.clerk.world.addOrganization(founder);
    await stage.pass(6);
    expect(await readSilence(database().db)).toMatchObject({
      findings: [{ kind: "organization", id: organizationId }],
    });
    await stage.deliver(told);
    await stage.pass(1);
    expect(await stage.isSilent()).toBe(false);

    stage.clerk.fail(
      { _tag: "Refuse", status: 403, code: "organization_not_enabled_in_instance" },
      {
        path: /organizations/,
        times: 10,
      },
    );
    stage.clerk.world.addUser();
    await stage.pass(6);
    expect(await readSilence(database().db)).toMatchObject({ clerkError: null, findings: [{ kind: "user" }] });
  });

  test("leaves what changed before it began, and counts no time in which it did not listen", async () => {
    await using stage = makeStage();
    stage.clerk.world.addUser();
    stage.jump(DAY_MS);
    await stage.lookNow();
    await stage.pass(7);
    expect(await stage.isSilent()).toBe(false);
    // Docket is down while Clerk changes: Svix gets its five minutes to come again.
    stage.jump(DAY_MS);
    stage.clerk.world.addUser();
    stage.jump(DAY_MS);
    await stage.pass(5);
    expect(await stage.isSilent()).toBe(false);
    await stage.pass(2);
    expect(await stage.isSilent()).toBe(true);
  });

  test("neither raises nor clears an alarm while Clerk can't be asked, and says so once", async () => {
    await using stage = makeStage();
    await stage.lookNow();
    stage.clerk.world.addUser();
    await stage.pass(6);
    stage.clerk.fail({ _tag: "Refuse", status: 500, code: "internal" }, { times: 3 });
    await stage.pass(3);
    expect(await stage.isSilent()).toBe(true);
    expect((await readSilence(database().db))?.clerkError).toContain("500");
    await stage.pass(1);
    expect(await readSilence(database().db)).toMatchObject({ clerkError: null });
    expect(stage.lines.texts().filter((text) => text.includes("cannot be asked"))).toHaveLength(1);
  });

  test("does not compare with another instance than that whose webhooks are accepted", async () => {
    await using stage = makeStage({ instanceIds: ["ins_other"] });
    await stage.lookNow();
    stage.clerk.world.addUser();
    await stage.pass(7);
    expect(await readSilence(database().db)).toMatchObject({
      silentSinceMs: null,
      clerkError: `CLERK_SECRET_KEY is a key of ${INSTANCE_ID}, but webhooks are accepted of ins_other`,
    });
  });

  test("looks once a minute, however many processes watch", async () => {
    await using stage = makeStage();
    await Promise.all([stage.lookNow(), stage.lookNow(), stage.lookNow()]);
    stage.jump(MINUTE_MS / 2);
    await stage.lookNow();
    const asked = (): number => stage.clerk.calls.filter(({ path }) => path === "/users").length;
    expect(asked()).toBe(1);
    await stage.pass(1);
    expect(asked()).toBe(2);
  });
});
