import { expect, test } from "bun:test";
import { sql } from "kysely";
import { type Job, job, policy } from "../../../src/core/mod.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS, INSTANCE_ID, type WireMessage } from "../../support/histories.ts";
import { decodeWire } from "../../support/mirror.ts";

const ODD: Readonly<Record<string, () => readonly Job[]>> = {
  "a payload of null": () => [job("log", null)],
  "a payload that Postgres can't say": () => [job("log", { "a\u0000": "b\u0000\ud800" })],
  "a handler with NUL": () => [job("l\u0000og", 1)],
  "an instant beyond time": () => [job("log", 1, { after: { atMs: 1e18 } })],
  "a part of a millisecond": () => [job("log", 1, { after: 0.5 })],
  "an error with NUL": () => {
    throw new Error("a\u0000b\ud800");
  },
  "an error that is none": () => {
    throw Object.create(null);
  },
};

eachDatabase("a policy never harms ingest", (database) => {
  test.each(Object.entries(ODD))("with %s", async (_what, decide) => {
    const policies = [policy("odd", { kind: "user", maxAge: "forever" }, decide)];
    const answers = await recorder(database(), { policies })([decodeWire(user)]);
    expect(answers).toEqual(["applied"]);
    const { rows } = await sql<{ told: number }>`
      select (select count(*) from docket.job) + (select count(*) from docket.plan_fault) as told`.execute(
      database().db,
    );
    expect(rows[0]?.told).toBe(1);
  });
});

const user: WireMessage = {
  svixId: "msg_1",
  envelope: {
    type: "user.created",
    instance_id: INSTANCE_ID,
    timestamp: EPOCH_MS,
    data: { id: "user_1", created_at: EPOCH_MS, updated_at: EPOCH_MS },
  },
};
