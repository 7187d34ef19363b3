import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import type { Message } from "../../../src/core/mod.ts";
import { observationOf } from "../../../src/shell/clerk/observation.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { event } from "../../support/api.ts";
import { eachDatabase, resetDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { auditOf } from "../../support/jobs.ts";
import { POLICIES } from "../../support/policies.ts";
import { notUnderstood, replayer } from "../../support/replayed.ts";
import { decodeStory, stories } from "../../support/stories.ts";
import { differencesIn } from "../../support/verified.ts";
import { ledgerOf } from "../../support/work.ts";

setDefaultTimeout(120_000);
const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 15) };
const DAY_MS = 86_400_000;

function message(svixId: string, body: string, receivedAtMs: number = EPOCH_MS + 100): Message {
  return decodeDelivery({ svixId, body, receivedAtMs });
}

const CREATED = event("user.created", 0, { id: "user_1", first_name: "Ada", public_metadata: { mark: "red" } });
const UPDATED = event("user.updated", 5, { id: "user_1", first_name: "Zoe" });

eachDatabase("replay() of what was set aside", (database) => {
  const outcomes = async (): Promise<unknown> =>
    (
      await sql`
        select svix_id, outcome, deliveries, fault, entity_id, (extract(epoch from received_at) * 1000)::float8 as at
        from docket.event order by svix_id`.execute(database().db)
    ).rows;

  test("takes a quarantined message to its place by its version, received when it was", async () => {
    const record = recorder(database(), { policies: POLICIES });
    await record([notUnderstood(message("msg_1", CREATED)), message("msg_2", UPDATED)]);
    expect((await ledgerOf(database()))["welcome/user/user_1"]).toBeUndefined();
    const replayed = await replayer(database(), { policies: POLICIES })({ choice: { outcome: "quarantined" } });
    expect(replayed.retaken).toEqual([
      { svixId: "msg_1", type: "user.created", was: "quarantined", is: "stale", fault: null },
    ]);
    const common = { deliveries: 1, fault: null, entity_id: "user_1", at: EPOCH_MS + 100 };
    expect(await outcomes()).toEqual([
      { svix_id: "msg_1", outcome: "stale", ...common },
      { svix_id: "msg_2", outcome: "applied", ...common },
    ]);
    expect((await ledgerOf(database()))["welcome/user/user_1"]).toMatchObject({ state: "planned" });
    expect(await differencesIn(database(), "erase")).toEqual([]);
    expect(await auditOf(database())).toEqual([{ action: "replay", subject: "msg_1", actor: "test" }]);
    expect((await replayer(database(), { policies: POLICIES })({ choice: { outcome: "quarantined" } })).messages).toBe(
      0,
    );
  });

  test("plans by when it was received: late then is late now, in time then is in time now", async () => {
    const record = recorder(database(), { policies: POLICIES });
    const late = event("user.created", 0, { id: "user_2", first_name: "Bob" });
    await record([
      notUnderstood(message("msg_1", CREATED)),
      notUnderstood(message("msg_2", late, EPOCH_MS + 4 * DAY_MS)),
    ]);
    await replayer(database(), { policies: POLICIES })();
    const jobs = await ledgerOf(database());
    expect([jobs["welcome/user/user_1"]?.state, jobs["welcome/user/user_2"]?.state]).toEqual(["planned", undefined]);
  });

  test("leaves what is still not understood, with today's reason", async () => {
    const record = recorder(database());
    await record([
      notUnderstood(message("msg_1", "no JSON")),
      notUnderstood(message("msg_2", '{"type":"user.created"}')),
    ]);
    const { retaken } = await replayer(database())();
    expect(retaken.map(({ is, fault }) => [is, fault])).toEqual([
      ["quarantined", "body: expected JSON"],
      ["quarantined", expect.stringMatching(/^(timestamp|data): expected/)],
    ]);
    expect(await outcomes()).toMatchObject([{ fault: "body: expected JSON" }, { fault: expect.any(String) }]);
    expect(await auditOf(database())).toEqual([]);
  });

  test("takes what is foreign no more, what has a table now, and a snapshot of Clerk's API", async () => {
    await recorder(database(), { instanceIds: ["ins_other"], policies: POLICIES })([message("msg_1", CREATED)]);
    const later = event("user.updated", 9, { id: "user_2", first_name: "Bob" });
    const snapshot = observationOf(
      "organization",
      { id: "org_1", updated_at: EPOCH_MS, created_at: EPOCH_MS, name: "Acme" },
      { receivedAtMs: EPOCH_MS + 5, instanceId: INSTANCE_ID },
    );
    await recorder(database())([notUnderstood(message("msg_2", later)), notUnderstood(snapshot)]);
    await sql`update docket.message set outcome = 'ignored' where svix_id = 'msg_2'`.execute(database().db);
    const { retaken } = await replayer(database(), { policies: POLICIES })();
    expect(retaken.map(({ was, is }) => `${was} ${is}`)).toEqual([
      "quarantined applied",
      "foreign applied",
      "ignored applied",
    ]);
    const { rows } = await sql`
      select id from clerk.users union all select id from clerk.organizations order by id`.execute(database().db);
    expect(rows).toEqual([{ id: "org_1" }, { id: "user_1" }, { id: "user_2" }]);
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("knows a redelivery of what it took in, though the body was redacted", async () => {
    const sms = message("msg_1", event("sms.created", 0, { id: "sms_1", message: "654321 is your code" }));
    await recorder(database())([notUnderstood(sms)]);
    expect((await replayer(database())()).retaken).toMatchObject([{ is: "applied" }]);
    expect(await recorder(database())([sms])).toEqual(["duplicate"]);
    const { rows } = await sql`select deliveries, differing from docket.message`.execute(database().db);
    expect(rows).toEqual([{ deliveries: 2, differing: 0 }]);
  });

  test("of a body with a NUL, and of an erased user's, leaves no personal data", async () => {
    const record = recorder(database());
    const odd = event("user.updated", 3, { id: "user_1", first_name: "Secret" }).replace("}", ' , "x": "\\u0000" }');
    await record([notUnderstood(message("msg_2", odd)), message("msg_3", event("user.deleted", 9, { id: "user_1" }))]);
    await sql`update docket.log set payload_bytes = convert_to(payload, 'UTF8') where svix_id = 'msg_2'`.execute(
      database().db,
    );
    await replayer(database())();
    const { rows } = await sql<{ payload: string; bytes: string | null }>`
      select payload, encode(payload_bytes, 'escape') as bytes from docket.log where svix_id = 'msg_2'`.execute(
      database().db,
    );
    expect(rows).toEqual([{ payload: expect.not.stringContaining("Secret"), bytes: null }]);
  });

  test("tells in a dry run what would come of it, and changes nothing", async () => {
    await recorder(database(), { policies: POLICIES })([notUnderstood(message("msg_1", CREATED))]);
    const before = await outcomes();
    const replay = replayer(database(), { policies: POLICIES });
    expect((await replay({ dry: true })).retaken).toMatchObject([{ was: "quarantined", is: "applied" }]);
    expect(await outcomes()).toEqual(before);
    expect(await ledgerOf(database())).toEqual({});
    expect(await auditOf(database())).toEqual([]);
  });

  test("comes to the same as if all had been understood, whatever was not, and in any order", async () => {
    await fc.assert(
      fc.asyncProperty(
        stories,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        fc.constantFrom("missing" as const, "state" as const),
        async ({ delivered }, picks, mode) => {
          await resetDatabase(database().db);
          const record = recorder(database(), { policies: POLICIES });
          const ids = [...new Set(delivered.map(({ svixId }) => svixId))];
          for (const story of delivered) {
            const isHard = story.source === "webhook" && picks[ids.indexOf(story.svixId) % picks.length] === true;
            await record([isHard ? notUnderstood(decodeStory(story)) : decodeStory(story)]);
          }
          const keys = Object.keys(await ledgerOf(database()));
          await replayer(database(), { policies: POLICIES })({ mode, choice: { outcome: "quarantined" } });
          while (await sweepPage(database().db, { onDelete: "erase", policies: POLICIES })) {}
          const left = await differencesIn(database(), "erase");
          if (mode === "missing") expect(left).toEqual([]);
          else {
            expect(left.filter((it) => !it.includes(" docket.job "))).toEqual([]);
            expect(Object.keys(await ledgerOf(database()))).toEqual(keys);
          }
        },
      ),
      RUNS,
    );
  });
});
