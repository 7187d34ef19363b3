import { expect, test } from "bun:test";
import { Redacted } from "effect";
import { sql } from "kysely";
import { builtin, type Message } from "../../../src/core/mod.ts";
import { makeClerkApi } from "../../../src/shell/clerk/clerk_api.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { clerkHandler } from "../../../src/shell/handler/clerk_action.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import type { FakeEvent } from "../../support/fake_clerk/world.ts";
import { startFakeClerk } from "../../support/fake_clerk.ts";
import { shuffled } from "../../support/shuffled.ts";
import { makeTestWorker } from "../../support/work.ts";

function decoded(events: readonly FakeEvent[]): readonly Message[] {
  return events.map(({ svixId, body }) => decodeDelivery({ svixId, body, receivedAtMs: Date.now() }));
}

eachDatabase("the policy session-limit with the handler clerk", (database) => {
  test("ends in the same two sessions at Clerk and in the tables, in whatever order Clerk tells", async () => {
    await using clerk = startFakeClerk();
    const { world } = clerk;
    const userId = world.addUser();
    const ids = Array.from({ length: 5 }, () => world.addSession(userId));
    const policies = [builtin.sessionLimit({ max: 2 })];
    const record = recorder(database(), { policies });
    const api = makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
    const worker = makeTestWorker(database(), { clerk: clerkHandler({ api }) }, { policies });

    let heard = 0;
    for (const seed of [1, 2, 3]) {
      const news = world.events().slice(heard);
      heard += news.length;
      await record(shuffled(decoded(news), seed));
      await worker.runDue();
    }

    const statuses = ["revoked", "revoked", "revoked", "active", "active"];
    expect(ids.map((id) => world.get("session", id)?.["status"])).toEqual(statuses);
    const { rows } = await sql<{ id: string; status: string }>`
      select id, status from clerk.sessions order by created_at`.execute(database().db);
    expect(rows).toEqual(ids.map((id, index) => ({ id, status: statuses[index] ?? "" })));
    expect(clerk.calls.filter(({ method }) => method === "POST").length).toBe(3);
  });
});
