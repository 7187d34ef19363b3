import { expect, test } from "bun:test";
import { sql } from "kysely";
import { sweepPage } from "../../../src/shell/store/sweeper.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { expectRows } from "../../support/expect_rows.ts";
import { EPOCH_MS, INSTANCE_ID, type WireMessage } from "../../support/histories.ts";
import { decodeWire } from "../../support/mirror.ts";
import { expectedRows } from "../../support/oracle.ts";
import { rowsOfDatabase } from "../../support/sql_mirror.ts";

/** More than one transaction may end, and not a whole number of pages. */
const CHILDREN = 1_734;
const VERSIONS = 1_234;
const SETTINGS = { onDelete: "erase", policies: [] } as const;
const LIMIT_MS = 60_000;

eachDatabase("the sweeper", (database) => {
  test(
    "ends all children of a deleted parent, however many, in pages",
    async () => {
      const members = Array.from({ length: CHILDREN }, (_, index) => membership(index));
      const history = [...members, gone("organization.deleted", "org_1")];
      await recordInBatches(database(), history);
      const live = await count(database(), "clerk.live_organization_memberships");
      expect(live).toBeGreaterThan(0);
      expect(live).toBeLessThan(CHILDREN);

      expect(await sweepAll(database())).toBeGreaterThanOrEqual(3);
      expectRows(await rowsOfDatabase(database().db), expectedRows(history, { onDelete: "erase" }));
      expect(await count(database(), "docket.chore")).toBe(0);
      expect(await count(database(), "docket.event where not erased")).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "erases all that the log keeps of a deleted user, however much, in pages",
    async () => {
      const history = [
        ...Array.from({ length: VERSIONS }, (_, index) => version(index)),
        gone("user.deleted", "user_1"),
      ];
      await recordInBatches(database(), history);
      expect(await count(database(), "docket.event where payload like '%secret%'")).toBeGreaterThan(0);
      await sweepAll(database());
      expect(await count(database(), "docket.event where payload like '%secret%' or not erased")).toBe(0);
      expect(await count(database(), "docket.event")).toBe(VERSIONS + 1);
    },
    LIMIT_MS,
  );

  test(
    "does a cascade again when the deletion turns out to be earlier",
    async () => {
      const members = Array.from({ length: CHILDREN }, (_, index) => membership(index));
      const deletions = [gone("organization.deleted", "org_1", 9), gone("organization.deleted", "org_1", 3)];
      await recordInBatches(database(), [...members, ...deletions.slice(0, 1)]);
      await sweepPage(database().db, SETTINGS);
      await recordInBatches(database(), deletions.slice(1));
      await sweepAll(database());
      expectRows(await rowsOfDatabase(database().db), expectedRows([...members, ...deletions], { onDelete: "erase" }));
    },
    LIMIT_MS,
  );

  test(
    "may run in several processes at once",
    async () => {
      const members = Array.from({ length: CHILDREN }, (_, index) => membership(index));
      const history = [...members, gone("organization.deleted", "org_1")];
      await recordInBatches(database(), history);
      await Promise.all([1, 2, 3].map(() => sweepAll(database())));
      expectRows(await rowsOfDatabase(database().db), expectedRows(history, { onDelete: "erase" }));
    },
    LIMIT_MS,
  );
});

async function recordInBatches(database: TestDatabase, history: readonly WireMessage[]): Promise<void> {
  const record = recorder(database);
  const messages = history.map(decodeWire);
  for (let at = 0; at < messages.length; at += 500) await record(messages.slice(at, at + 500));
}

/** Sweeps until nothing is left, and says how many pages that took. */
async function sweepAll({ db }: TestDatabase): Promise<number> {
  let pages = 0;
  while (await sweepPage(db, SETTINGS)) pages += 1;
  return pages;
}

async function count({ db }: TestDatabase, from: string): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.raw(from)}`.execute(db);
  return rows[0]?.rows ?? -1;
}

function membership(index: number): WireMessage {
  const times = { created_at: EPOCH_MS, updated_at: EPOCH_MS };
  const parents = { organization: { id: "org_1" }, public_user_data: { user_id: `user_${index}` } };
  return wire("organizationMembership.created", `orgmem_${index}`, { ...times, ...parents });
}

function version(index: number): WireMessage {
  return wire("user.updated", "user_1", { updated_at: EPOCH_MS + index, first_name: "secret" }, index);
}

function gone(type: string, id: string, step = 5): WireMessage {
  return wire(type, id, { deleted: true }, step);
}

function wire(type: string, id: string, fields: object, step = 0): WireMessage {
  const timestamp = EPOCH_MS + step;
  return {
    svixId: `msg_${type}_${id}_${step}`,
    envelope: { type, instance_id: INSTANCE_ID, timestamp, data: { id, ...fields } },
  };
}
