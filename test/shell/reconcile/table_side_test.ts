import { expect, test } from "bun:test";
import { Effect } from "effect";
import { sql } from "kysely";
import { liveIdsAfter, sampleLive } from "../../../src/shell/reconcile/table_side.ts";
import { eachDatabase } from "../../support/databases.ts";

const NOW_MS = Date.UTC(2026, 0, 5);
const LIVE = { kind: "organization_membership", instanceId: "ins_1", beforeMs: NOW_MS } as const;

eachDatabase("rows that Clerk's list is bound to have", (database) => {
  /** Memberships `mem_<from>` to `mem_<to>` of one organization, written then. */
  async function addMemberships(ids: readonly [number, number], organizationId: string, ms: number): Promise<void> {
    const [from, to] = ids;
    const numbers = sql`generate_series(${from}::integer, ${to}::integer) n`;
    const id = sql`'mem_' || lpad(n::text, 5, '0')`;
    await sql`
      insert into docket.head (kind, id, as_of_ms, rank, timestamp_ms, svix_id, parents)
      select 'organization_membership', ${id}, 1, 1, 1, 'msg',
        jsonb_build_array(jsonb_build_object('kind', 'organization', 'id', ${organizationId}::text))
      from ${numbers}`.execute(database().db);
    await sql`
      insert into clerk.organization_memberships (id, instance_id, data, version_ms, synced_at)
      select ${id}, 'ins_1', '{}', 1, 'epoch'::timestamptz + ${ms}::bigint * interval '1 millisecond'
      from ${numbers}`.execute(database().db);
  }

  test("are met in pages, past very many whose parent is gone, and none that was written since", async () => {
    const { db } = database();
    await sql`
      insert into docket.head (kind, id, deleted_at_ms, own_tombstone)
      values ('organization', 'org_gone', 1, '{}')`.execute(db);
    await addMemberships([1, 1_200], "org_gone", NOW_MS - 1);
    await addMemberships([1_201, 1_203], "org_1", NOW_MS - 1);
    await addMemberships([1_204, 1_205], "org_1", NOW_MS);
    const first = await Effect.runPromise(liveIdsAfter(db, { ...LIVE, after: "" }));
    expect(first).toEqual({ ids: [], next: "mem_01000" });
    const second = await Effect.runPromise(liveIdsAfter(db, { ...LIVE, after: first.next ?? "" }));
    expect(second).toEqual({ ids: ["mem_01201", "mem_01202", "mem_01203"], next: null });
    const sampled = await Effect.runPromise(sampleLive(db, { ...LIVE, size: 5_000 }));
    expect(sampled).toEqual(second.ids);
  });
});
