/**
 * Soak: whole lives as `docket trigger --scenario life` tells them, shuffled and with every message sent twice,
 * against the same lives in order, on both databases and in both modes of deletion. Tables, change log and wanted
 * jobs must be the same to the last byte.
 *
 *   bun test/soak/ledger.ts [seeds]
 *
 * @module
 */
import { sql } from "kysely";
import type { Message, OnDelete } from "../../src/core/mod.ts";
import { planMessages } from "../../src/shell/command/trigger_message.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import { verifyLog } from "../../src/shell/verify/verify.ts";
import { BUILTINS } from "../support/all_builtins.ts";
import { cleanUp } from "../support/cleanup.ts";
import { FLAVORS, openTestDatabase, resetDatabase, type TestDatabase } from "../support/databases.ts";
import { recorder } from "../support/event_store.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { POLICIES } from "../support/policies.ts";
import { dumpOfTables } from "../support/sql_mirror.ts";

const SEEDS = Number(process.argv[2] ?? 1_000);
const SEEDS_PER_ROUND = 10;
const BATCH = 150;
const NOW_MS = Date.UTC(2026, 0, 1);
const POLICIES_OF_ALL = [...BUILTINS, ...POLICIES.filter(({ name }) => name !== "welcome")];

/** The life of a seed. A message is received one second after it happened, however often and in whatever order. */
function lifeOf(seed: number, isShuffled: boolean): readonly Message[] {
  const messages = planMessages({
    subject: { _tag: "Scenario", name: "life" },
    count: 1,
    duplicates: isShuffled ? 1 : 0,
    shuffle: isShuffled,
    settings: [],
    example: { seed: String(seed), nowMs: NOW_MS, instanceId: INSTANCE_ID },
  });
  return messages.map(({ id, body }) => {
    const { timestamp } = JSON.parse(body) as { timestamp: number };
    return decodeDelivery({ svixId: id, body, receivedAtMs: timestamp + 1_000 });
  });
}

async function endOf(database: TestDatabase, messages: readonly Message[], onDelete: OnDelete): Promise<object> {
  await resetDatabase(database.db);
  const record = recorder(database, { onDelete, policies: POLICIES_OF_ALL });
  for (let at = 0; at < messages.length; at += BATCH) await record(messages.slice(at, at + BATCH));
  const { rows: jobs } = await sql`
    select key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until, needs, approval, moot,
      state from docket.job where wanted and not level order by key`.execute(database.db);
  // What a level-triggered job is armed with is of the moment; that it is armed is not.
  const { rows: armed } = await sql`select key from docket.job where level order by key`.execute(database.db);
  const { rows: faults } = await sql`select * from docket.plan_fault`.execute(database.db);
  return { jobs, armed, faults, tables: await dumpOfTables(database.db) };
}

/** What `docket verify` finds after it. */
async function verified({ db }: TestDatabase, onDelete: OnDelete): Promise<{ differences: number; compared: number }> {
  let [differences, compared] = [0, 0];
  for await (const page of verifyLog(db, { onDelete, policies: POLICIES_OF_ALL })) {
    differences += page.differences.length;
    for (const it of page.differences) process.stdout.write(`  verify: ${JSON.stringify(it)}\n`);
    compared += page.messages;
  }
  return { differences, compared };
}

/** Where two ends first differ, for people. */
function firstDifference(ended: unknown, expected: unknown, path = ""): string {
  if (typeof ended !== "object" || typeof expected !== "object" || ended === null || expected === null) {
    return `  ${path}: ${JSON.stringify(ended)} instead of ${JSON.stringify(expected)}`;
  }
  const [left, right] = [ended as Record<string, unknown>, expected as Record<string, unknown>];
  const name = [...new Set([...Object.keys(left), ...Object.keys(right)])].find(
    (it) => !Bun.deepEquals(left[it], right[it]),
  );
  return name === undefined ? `  ${path}: the same` : firstDifference(left[name], right[name], `${path}/${name}`);
}

let differing = 0;
for (const flavor of FLAVORS) {
  const database = await openTestDatabase(flavor);
  const startedAtMs = performance.now();
  const counts = { lives: 0, messages: 0, jobs: 0, compared: 0 };
  for (let seed = 1; seed <= SEEDS; seed += SEEDS_PER_ROUND) {
    const onDelete = Math.floor(seed / SEEDS_PER_ROUND) % 2 === 0 ? "keep" : "erase";
    const seeds = Array.from({ length: Math.min(SEEDS_PER_ROUND, SEEDS - seed + 1) }, (_, index) => seed + index);
    const shuffled = seeds.flatMap((it) => lifeOf(it, true));
    const expected = await endOf(
      database,
      seeds.flatMap((it) => lifeOf(it, false)),
      onDelete,
    );
    const ended = await endOf(database, shuffled, onDelete);
    const { differences, compared } = await verified(database, onDelete);
    differing += differences;
    counts.compared += compared;
    counts.lives += seeds.length;
    counts.messages += shuffled.length;
    counts.jobs += (expected as { jobs: readonly unknown[] }).jobs.length;
    if (!Bun.deepEquals(ended, expected)) {
      differing += 1;
      process.stdout.write(`${flavor}: seeds ${seed} to ${seed + seeds.length - 1} (${onDelete}) end differently\n`);
      process.stdout.write(`${firstDifference(ended, expected)}\n`);
    }
  }
  await database.close();
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
  process.stdout.write(
    `${flavor}: ${counts.lives} lives, ${counts.messages} deliveries, ${counts.jobs} wanted jobs, ${counts.compared} messages verified, ${differing} rounds differ, ${seconds} s\n`,
  );
}
await cleanUp();
process.exit(differing === 0 ? 0 : 1);
