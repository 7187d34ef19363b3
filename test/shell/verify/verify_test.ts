import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Message } from "../../../src/core/mod.ts";
import { planMessages } from "../../../src/shell/command/trigger_message.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { batched } from "../../support/batched.ts";
import { eachDatabase, resetDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { POLICIES } from "../../support/policies.ts";
import { decodeStory, stories } from "../../support/stories.ts";
import { differencesIn, verifyAll } from "../../support/verified.ts";

const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 40) };
const LIMIT_MS = 120_000;
const onDelete = fc.constantFrom("erase" as const, "keep" as const);
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

eachDatabase("verifyLog()", (database) => {
  test(
    "never finds a difference, however the messages came and in which batches",
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, onDelete, cuts, async ({ history, delivered }, mode, sizes) => {
          await resetDatabase(database().db);
          const record = recorder(database(), { onDelete: mode, policies: POLICIES });
          const messages = delivered.map(decodeStory);
          for (const batch of batched(messages, sizes)) await record(batch);
          const pages = await verifyAll(database(), mode);
          expect(pages.flatMap(({ differences }) => differences)).toEqual([]);
          expect(pages.reduce((sum, page) => sum + page.messages, 0)).toBe(history.length);
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test.each(["erase", "keep"] as const)(
    "finds nothing after a life of all events, shuffled and twice, that was told to %s",
    async (mode) => {
      for (const seed of ["1", "2", "3"]) {
        await resetDatabase(database().db);
        await recorder(database(), { onDelete: mode, policies: POLICIES })(lifeOf(seed));
        expect(await differencesIn(database(), mode)).toEqual([]);
      }
    },
    LIMIT_MS,
  );

  test("finds nothing in an empty database", async () => {
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });
});

function lifeOf(seed: string): readonly Message[] {
  const messages = planMessages({
    subject: { _tag: "Scenario", name: "life" },
    count: 1,
    duplicates: 1,
    shuffle: true,
    settings: [],
    example: { seed, nowMs: Date.UTC(2026, 0, 1), instanceId: INSTANCE_ID },
  });
  return messages.map(({ id, body }, index) =>
    decodeDelivery({ svixId: id, body, receivedAtMs: Date.UTC(2026, 0, 1) + index }),
  );
}
