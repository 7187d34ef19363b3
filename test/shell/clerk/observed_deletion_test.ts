import { expect, test } from "bun:test";
import { sql } from "kysely";
import { observedDeletion } from "../../../src/shell/clerk/observed_deletion.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";

const REF = { kind: "user", id: "user_1" } as const;

eachDatabase("observedDeletion()", (database) => {
  test("is one message however often it is seen, of the first time, and told by nobody", async () => {
    const record = recorder(database());
    const seen = (ms: number) => observedDeletion(REF, { receivedAtMs: EPOCH_MS + ms, instanceId: INSTANCE_ID });
    expect(await record([seen(1)])).toEqual(["applied"]);
    expect(await record([seen(2)])).toEqual(["duplicate"]);
    const { rows } = await sql<object>`
      select svix_id, type, source, deliveries, differing, as_of_ms, payload::json -> 'data' as data
      from docket.event`.execute(database().db);
    expect(rows).toEqual([
      {
        svix_id: "api:user:user_1:404",
        type: "user.observed",
        source: "api",
        deliveries: 2,
        differing: 0,
        as_of_ms: EPOCH_MS + 1,
        data: { deleted: true, id: "user_1" },
      },
    ]);
  });
});
