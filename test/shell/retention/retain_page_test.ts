import { expect, test } from "bun:test";
import { sql } from "kysely";
import { job, policy } from "../../../src/core/mod.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { readRetained } from "../../../src/shell/retention/retained.ts";
import { event, MEMBERSHIP } from "../../support/api.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { droppedIn, retainAll } from "../../support/retained.ts";

const DAY_MS = 86_400_000;
const ADA = { id: "user_1", first_name: "Ada" };
const remind = policy("remind", { kind: "user", maxAge: "forever" }, ({ before }) =>
  before._tag === "Absent" ? [job("log", {}, { after: "1000 days" })] : [],
);

eachDatabase("what retention drops", (database) => {
  test("a version goes when it and the one that replaced it are old; what was true since then can still be told", async () => {
    await record(database(), [
      ["msg_1", "user.created", ADA, 0],
      ["msg_2", "user.updated", ADA, 1],
      ["msg_3", "user.updated", ADA, 40],
    ]);
    expect(await retainAll(database(), EPOCH_MS + DAY_MS)).toBe(0);
    expect(await retainAll(database(), EPOCH_MS + 39 * DAY_MS)).toBe(1);
    expect(await droppedIn(database())).toEqual(["msg_1"]);
    expect(await retainAll(database(), EPOCH_MS + 400 * DAY_MS)).toBe(1);
    expect(await droppedIn(database())).toEqual(["msg_1", "msg_2"]);
    expect(await retainAll(database(), EPOCH_MS + 500 * DAY_MS)).toBe(0);
    expect((await readRetained(database().db))?.dropped).toBe(2);
  });

  test("ids, versions, outcomes and de-duplication stay, and a late version finds its place", async () => {
    await record(database(), [
      ["msg_1", "user.created", ADA, 0],
      ["msg_3", "user.updated", { ...ADA, first_name: "Eda" }, 3],
    ]);
    const before = await ledgerOf(database());
    await retainAll(database(), EPOCH_MS + 10 * DAY_MS);
    expect(await ledgerOf(database())).toEqual(before);

    const answers = await record(database(), [
      ["msg_1", "user.created", ADA, 0],
      ["msg_2", "user.updated", { ...ADA, first_name: "Late" }, 2, 20],
    ]);
    expect(answers).toEqual(["duplicate", "stale"]);
    expect(await firstNameOf(database())).toBe("Eda");
    expect(await droppedIn(database())).toEqual(["msg_1"]);
  });

  test("a deletion, what is set aside, and the last that a deleted user was told of stay", async () => {
    await record(database(), [
      ["msg_1", "user.created", ADA, 0],
      ["msg_2", "user.updated", ADA, 1],
      ["msg_3", "user.deleted", { id: "user_1" }, 2],
      ["msg_4", "user.created", { id: 7 }, 3],
      ["msg_5", "unheard.of", { id: "x_1" }, 4],
      ["msg_6", "unheard.of", { id: "x_1" }, 5],
    ]);
    expect(await retainAll(database(), EPOCH_MS + 400 * DAY_MS)).toBe(1);
    expect(await droppedIn(database())).toEqual(["msg_1"]);
  });

  test("what alone names a parent, or tells of a sign-in, stays", async () => {
    await record(database(), [
      ["msg_1", "organizationMembership.created", { id: "orgmem_1", ...MEMBERSHIP }, 0],
      ["msg_2", "organizationMembership.updated", { id: "orgmem_1", ...MEMBERSHIP, organization: { id: "org_2" } }, 1],
      ["msg_3", "organizationMembership.updated", { id: "orgmem_1", ...MEMBERSHIP, organization: { id: "org_2" } }, 2],
      ["msg_4", "session.created", { id: "sess_1", user_id: "user_1", created_at: EPOCH_MS + 5 }, 3],
      ["msg_5", "session.created", { id: "sess_1", user_id: "user_1", created_at: EPOCH_MS + 4 }, 4],
      ["msg_6", "session.ended", { id: "sess_1", user_id: "user_1", created_at: EPOCH_MS + 4 }, 5],
    ]);
    await retainAll(database(), EPOCH_MS + 400 * DAY_MS);
    expect(await droppedIn(database())).toEqual(["msg_2", "msg_5"]);
  });

  test("nothing of an entity with a job that waits goes, and all that is old once it has run", async () => {
    await record(
      database(),
      [
        ["msg_1", "user.created", ADA, 0],
        ["msg_2", "user.updated", ADA, 1],
        ["msg_3", "user.created", { id: "user_2" }, 2],
        ["msg_4", "user.updated", { id: "user_2" }, 3],
      ],
      true,
    );
    await sql`update docket.job set phase = 'done', finished_at = now() where entity = 'user_2'`.execute(database().db);
    const beforeMs = EPOCH_MS + 400 * DAY_MS;
    expect(await retainAll(database(), beforeMs)).toBe(1);
    expect(await droppedIn(database())).toEqual(["msg_3"]);
    for (const phase of ["running", "dead"]) {
      await sql`update docket.job set phase = ${phase}, run = case when ${phase}::text = 'running' then gen_random_uuid() end,
        lease_until = case when ${phase}::text = 'running' then now() end, finished_at = case when ${phase}::text = 'dead' then now() end
        where entity = 'user_1'`.execute(database().db);
      expect(await retainAll(database(), beforeMs)).toBe(phase === "running" ? 0 : 1);
    }
    expect(await droppedIn(database())).toEqual(["msg_1", "msg_3"]);
    const { rows } = await sql`select from docket.chore`.execute(database().db);
    expect(rows.length).toBe(0);
  });

  test("many lines go in pages, once each, however many processes are at it", async () => {
    const many = Array.from({ length: 700 }, (_, index): Line => [`msg_${index}`, "user.updated", ADA, index]);
    await record(database(), many);
    const beforeMs = EPOCH_MS + 5_000 * DAY_MS;
    const counts = await Promise.all([1, 2, 3].map(() => retainAll(database(), beforeMs)));
    counts.push(await retainAll(database(), beforeMs));
    expect(counts.reduce((sum, count) => sum + count)).toBe(699);
    expect((await readRetained(database().db))?.dropped).toBe(699);
    expect((await droppedIn(database())).length).toBe(699);
  });
});

type Line = readonly [
  id: string,
  type: string,
  data: Readonly<Record<string, unknown>>,
  day: number,
  receivedDay?: number,
];

/** Records each as of its day, and received then or on another. */
async function record(
  database: TestDatabase,
  lines: readonly Line[],
  isPlanning = false,
): Promise<Awaited<ReturnType<ReturnType<typeof recorder>>>> {
  const messages = lines.map(([svixId, type, data, day, receivedDay = day]) => {
    const body = event(type, day * DAY_MS, data as { readonly id: string });
    return decodeDelivery({ svixId, body, receivedAtMs: EPOCH_MS + receivedDay * DAY_MS });
  });
  const policies = isPlanning ? [remind] : [];
  return recorder(database, { onDelete: "keep", instanceIds: [INSTANCE_ID], policies })(messages);
}

async function ledgerOf({ db }: TestDatabase): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select svix_id, type, as_of_ms, rank, timestamp_ms, outcome, deliveries from docket.event
    order by svix_id collate "C"`.execute(db);
  return rows;
}

async function firstNameOf({ db }: TestDatabase): Promise<string | null> {
  const { rows } = await sql<{ name: string | null }>`select first_name as name from clerk.users`.execute(db);
  return rows[0]?.name ?? null;
}
