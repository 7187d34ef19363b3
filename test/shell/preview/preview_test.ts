import { expect, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import { job, type Policy, policy } from "../../../src/core/mod.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { previewLog } from "../../../src/shell/preview/preview.ts";
import { event } from "../../support/api.ts";
import { eachDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { POLICIES } from "../../support/policies.ts";
import { decodeStory, stories } from "../../support/stories.ts";
import { byKey, wantedBy } from "../../support/wanted_oracle.ts";

const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 30) };
const LIMIT_MS = 120_000;

eachDatabase("previewLog()", (database) => {
  test(
    "always lists the jobs that the policies would have planned, and plans none",
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, async ({ history, delivered }) => {
          await resetDatabase(database().db);
          await recorder(database(), { onDelete: "keep" })(delivered.map(decodeStory));
          const before = await ledgerOf(database());
          const pages = await Array.fromAsync(previewLog(database().db, { policies: POLICIES }));
          const listed = pages.flatMap(({ jobs }) =>
            jobs.map(({ job: { key, payload, startAtMs }, state }) => ({
              key,
              payload,
              startAtMs,
              moot: state === "cancelled",
            })),
          );
          expect(listed.toSorted(byKey)).toEqual(wantedBy(history, "keep") as never);
          expect(await ledgerOf(database())).toEqual(before);
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test("shows what a policy does wrong, and goes on", async () => {
    const bodies = [event("user.created", 0, { id: "user_1" }), event("user.updated", 1, { id: "user_1" })];
    const messages = bodies.map((body, index) => decodeDelivery({ svixId: `m${index}`, body, receivedAtMs: EPOCH_MS }));
    await recorder(database())(messages);
    const faulty = policy("faulty", { kind: "user" }, ({ before }) => {
      if (before._tag === "Absent") throw new Error("no plan");
      return [job("log", null)];
    });
    const [page] = await previewAll(database(), [faulty]);
    expect(page).toMatchObject({
      faults: [
        { policy: "faulty", ref: { kind: "user", id: "user_1" }, intent: "+", fault: "the policy threw: no plan" },
      ],
      jobs: [{ job: { handler: "log" }, state: "planned" }],
    });
    expect(await ledgerOf(database())).toEqual({ jobs: 0, faults: 0 });
  });

  test("leaves out those whose personal data is erased, and counts them", async () => {
    const bodies = [event("user.created", 0, { id: "user_1" }), event("user.deleted", 1, { id: "user_1" })];
    const messages = bodies.map((body, index) => decodeDelivery({ svixId: `m${index}`, body, receivedAtMs: EPOCH_MS }));
    await recorder(database())(messages);
    const pages = await previewAll(database(), POLICIES);
    expect(pages.flatMap(({ jobs }) => jobs)).toEqual([]);
    expect(pages.reduce((sum, { erased }) => sum + erased, 0)).toBe(1);
  });
});

function previewAll({ db }: TestDatabase, policies: readonly Policy[]): ReturnType<typeof Array.fromAsync<Page>> {
  return Array.fromAsync(previewLog(db, { policies }));
}

type Page = ReturnType<typeof previewLog> extends AsyncGenerator<infer P> ? P : never;

async function ledgerOf({ db }: TestDatabase): Promise<unknown> {
  const { rows } = await sql`
    select (select count(*)::integer from docket.job) as jobs,
      (select count(*)::integer from docket.plan_fault) as faults`.execute(db);
  return rows[0];
}
